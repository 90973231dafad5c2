"""Pages of digits, made from MNIST's images, and how well they are read."""
