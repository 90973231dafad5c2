"""The loss that a network was compiled with: cross-entropy, and nothing else."""

from __future__ import annotations

from typing import Any

import keras

CROSS_ENTROPIES = (
    keras.losses.CategoricalCrossentropy,
    keras.losses.SparseCategoricalCrossentropy,
)
FUNCTIONS = (
    keras.losses.categorical_crossentropy,
    keras.losses.sparse_categorical_crossentropy,
)
"""What Keras resolves the names of these losses to."""


def label_smoothing_of(loss: Any) -> float:
    """Return the label smoothing of a cross-entropy.

    Parameters
    ----------
    loss : str, callable or keras.losses.Loss
        Anything that ``keras.Model.compile`` takes as a loss. One-hot and integer
        labels lead to the same training.

    Raises
    ------
    ValueError
        If it is another loss, or expects logits: the network ends in a softmax.
    """
    if _resolved(loss) in FUNCTIONS:
        return 0.0
    if type(loss) in CROSS_ENTROPIES and not loss.get_config()["from_logits"]:
        return float(getattr(loss, "label_smoothing", 0.0))
    raise ValueError(
        f"model_ was compiled with the loss {getattr(loss, 'name', loss)!r}. Training "
        "minimises the cross-entropy of probabilities: compile it with "
        "loss='categorical_crossentropy'."
    )


def _resolved(loss: Any) -> Any:
    try:
        return keras.losses.get(loss) if isinstance(loss, str) else loss
    except ValueError:  # an unknown name
        return None
