"""Convolutional networks of several blocks, with padding and batch normalization."""

import numpy as np
import pytest
from support.classifiers import quick_cnn

BLOCKS = ((3, 4), (5,))


def network_of(images, **params):
    return quick_cnn(**params).initialize(images, np.arange(len(images)) % 10).model_


def outputs(network):
    return {
        layer.name: layer.output.shape[1:]
        for layer in network.layers
        if len(layer.output.shape) == 4
    }


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (20, 16, 20)).astype(np.uint8)


def test_each_block_ends_with_pooling_and_dropout(images):
    assert outputs(network_of(images, filters=BLOCKS, dropout=0.1)) == {
        "pixels": (16, 20, 1),
        "scaling": (16, 20, 1),
        "convolution_1_1": (14, 18, 3),
        "convolution_1_2": (12, 16, 4),
        "pooling_1": (6, 8, 4),
        "dropout_1": (6, 8, 4),
        "convolution_2_1": (4, 6, 5),
        "pooling_2": (2, 3, 5),
        "dropout_2": (2, 3, 5),
    }


def test_padding_keeps_the_size_of_the_feature_maps(images):
    shapes = outputs(network_of(images, filters=BLOCKS, padding="same"))

    assert shapes["convolution_1_2"] == (16, 20, 4)
    assert shapes["pooling_2"] == (4, 5, 5)


def test_a_single_block_is_the_same_network_as_a_flat_tuple(images):
    flat, nested = (
        network_of(images, filters=filters) for filters in [(3, 4), [[3, 4]]]
    )

    assert flat.get_config()["layers"] == nested.get_config()["layers"]
    for one, another in zip(flat.get_weights(), nested.get_weights(), strict=True):
        np.testing.assert_array_equal(one, another)


def test_batch_normalization_comes_between_convolution_and_activation(images):
    network = network_of(images, filters=(3,), batch_normalization=True)

    names = [layer.name for layer in network.layers]
    start = names.index("convolution_1")
    assert names[start : start + 4] == [
        "convolution_1",
        "normalization_1",
        "activation_1",
        "pooling",
    ]
    convolution = network.get_layer("convolution_1")
    assert not convolution.use_bias
    assert convolution.activation.__name__ == "linear"


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_small_images_get_a_margin(padding):
    tiny = np.arange(40, dtype=np.uint8).reshape(20, 1, 2)

    shapes = outputs(network_of(tiny, filters=BLOCKS, padding=padding))

    assert shapes["pooling_2"] == (1, 1, 5)


@pytest.mark.parametrize(
    "filters",
    [(), ((),), ((8, 8), ()), (8, (8, 8)), ((8, 0),), ((8, 8.5),), ((8, (8,)),), "88"],
    ids=str,
)
def test_invalid_filters_raise_an_error_that_shows_them(filters, handful):
    with pytest.raises(ValueError, match="'filters' parameter") as error:
        quick_cnn(filters=filters).fit(*handful)

    assert repr(filters) in str(error.value)


def test_networks_that_need_enormous_images_are_refused(handful):
    with pytest.raises(ValueError, match="images of at least"):
        quick_cnn(filters=((2,),) * 12, pool_size=4).fit(*handful)
