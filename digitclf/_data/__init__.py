"""The data on its way to the network: images, labels, weights and the split."""
