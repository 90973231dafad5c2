"""Checks of images and labels, weights, and the validation split."""
