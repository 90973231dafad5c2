"""Predictions in programs and servers, with and without TensorFlow."""
