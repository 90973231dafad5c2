"""Networks in TensorFlow's SavedModel format."""

from __future__ import annotations

import os
from pathlib import Path

import keras
import tensorflow as tf

from digitclf._model_file.export_formats import METADATA

INPUT, OUTPUT = "images", "probabilities"


def write_saved_model(
    folder: Path,
    network: keras.Model,
    *,
    n_classes: int,
    image_shape: tuple[int, ...],
    image_dtype: type,
    metadata: str,
) -> None:
    """Write a network to a folder, from which plain TensorFlow can load it.

    The signatures ``serve`` and ``serving_default`` take ``images`` and return
    ``probabilities``.

    Parameters
    ----------
    folder : Path
        An empty folder.
    network : keras.Model
        A network that takes pixels and returns class probabilities.
    n_classes : int
        If 1, the probabilities are all 1, whatever the network computes.
    image_shape : tuple of int
        Shape of one image in the input, of the same size as the network's input.
    image_dtype : {np.uint8, np.float32}
    metadata : str
        Content of ``assets.extra/digitclf.json``, which TensorFlow ignores.
    """
    input_shape = network.input_shape[1:]

    def serve(images: tf.Tensor) -> dict[str, tf.Tensor]:
        pixels = tf.reshape(tf.cast(images, tf.float32), [-1, *input_shape])
        probabilities = network(pixels, training=False)
        if n_classes == 1:  # the network has two outputs
            probabilities = tf.ones_like(probabilities[:, :1])
        return {OUTPUT: probabilities}

    signature = tf.TensorSpec([None, *image_shape], image_dtype, name=INPUT)
    module = tf.Module()
    module.serve = tf.function(serve, input_signature=[signature], autograph=False)
    module.weights = module.serve.get_concrete_function().variables
    tf.saved_model.save(
        module,
        os.fspath(folder),
        signatures={"serve": module.serve, "serving_default": module.serve},
    )
    extra = folder / "assets.extra"
    extra.mkdir()
    (extra / METADATA).write_text(metadata, encoding="utf-8")
