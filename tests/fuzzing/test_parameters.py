"""Parameters of any type and value: a fit, or an error that names the parameter."""

import numpy as np
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from support.classifiers import quick_cnn, quick_mlp
from support.fuzzing import fuzz, only_errors_that_name
from support.odd_arrays import odd_values

from digitclf._augmentation import Augmentation
from digitclf._parameters import OPTIMIZER_CONSTRAINTS

DIGITS, LABELS = (array[:20] for array in load_digits(return_X_y=True))

TRAINING = [
    *["learning_rate", "weight_decay", "ema_momentum", "batch_size", "patience"],
    *["validation_split", "schedule", "class_weight", "verbose", "random_state"],
    *["warm_start", "callbacks", "checkpoint", "resume", "augment"],
    *["predict__batch_size", "fit__epochs", "model__dropout", "compile__optimizer"],
    *["loss__label_smoothing", "loss__axis", "callbacks__x", "fit__nothing"],
]
"""Parameters that do not change the network, so that fits are quick."""

NETWORK = ["hidden_layer_sizes", "dropout", "activation", "optimizer"]
CONVOLUTIONS = [
    *["filters", "kernel_size", "pool_size", "padding", "batch_normalization"],
    *["hidden_dropout"],
]


def is_huge(value):
    """Return whether a network of this size would not fit into the memory."""
    try:
        return bool(np.any(np.asarray(value, dtype=float) > 1000))
    except (TypeError, ValueError, OverflowError):
        return False


@fuzz(few=150, name=st.sampled_from(TRAINING), value=odd_values())
def test_parameters_of_training_can_be_anything(name, value):
    if name == "checkpoint" and isinstance(value, str):
        return  # most names are valid: files would be written
    if name == "fit__epochs" and is_huge(value):
        return
    argument = name.partition("__")[2] or name
    clf = quick_mlp(epochs=1, validation_split=0.1).set_params(**{name: value})

    with only_errors_that_name(name, argument):
        clf.fit(DIGITS, LABELS)
        clf.predict(DIGITS)


@fuzz(name=st.sampled_from(NETWORK + CONVOLUTIONS), value=odd_values())
def test_parameters_of_the_network_can_be_anything(name, value):
    if is_huge(value):
        return
    make = quick_cnn if name in CONVOLUTIONS else quick_mlp

    with only_errors_that_name(name):
        make(**{name: value}).initialize(DIGITS, LABELS)


@fuzz(
    filters=st.lists(
        st.one_of(
            st.integers(-1, 8), st.lists(st.integers(0, 8), max_size=3).map(tuple)
        ),
        max_size=4,
    ).map(tuple),
    padding=st.sampled_from(["valid", "same"]),
)
def test_blocks_can_be_anything(filters, padding):
    with only_errors_that_name("filters", "kernel_size", "pool_size"):
        clf = quick_cnn(filters=filters, padding=padding).initialize(DIGITS, LABELS)
        assert clf.predict(DIGITS[:3]).shape == (3,)


@fuzz(
    augment=st.dictionaries(
        st.sampled_from([*Augmentation._fields, "x"]),
        st.one_of(st.floats(0, 1), odd_values()),
        max_size=3,
    )
)
def test_ranges_of_augmentation_can_be_anything(augment):
    with only_errors_that_name("augment"):
        quick_mlp(epochs=1, augment=augment).fit(DIGITS, LABELS)


@fuzz(
    name=st.sampled_from([*sorted(OPTIMIZER_CONSTRAINTS), "optimizer__learning_rate"]),
    optimizer=st.sampled_from(["adam", "sgd", "rmsprop", "ftrl", "lion", "adadelta"]),
    value=odd_values(),
)
def test_arguments_of_the_optimizer_can_be_anything(name, optimizer, value):
    clf = quick_mlp(optimizer=optimizer, **{name: value})

    with only_errors_that_name(name, name.partition("__")[2]):
        clf.initialize(DIGITS, LABELS)
        clf.model_.optimizer.build(clf.model_.trainable_variables)
