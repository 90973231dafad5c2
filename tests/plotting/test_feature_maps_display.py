"""``FeatureMapsDisplay``: the output of convolutions and poolings for one image."""

import numpy as np
import pytest

from digitclf.plotting import FeatureMapsDisplay


def test_maps_are_the_outputs_of_the_layers(cnn, few_digits):
    image = few_digits.X_test[0]

    maps = FeatureMapsDisplay.from_estimator(cnn, image).maps

    assert {name: array.shape for name, array in maps.items()} == {
        "convolution_1": (6, 6, 4),
        "convolution_2": (4, 4, 6),
        "pooling": (2, 2, 6),
    }
    weights = cnn.model_.get_layer("convolution_1").weights
    kernel, bias = map(np.asarray, weights)
    low, high = cnn.pixel_range_
    scaled = (image.reshape(8, 8) - low) / (high - low)
    windows = np.lib.stride_tricks.sliding_window_view(scaled, (3, 3))
    expected = np.maximum(
        0, np.einsum("ijkl,klf->ijf", windows, kernel[:, :, 0]) + bias
    )
    np.testing.assert_allclose(maps["convolution_1"], expected, atol=1e-5)
    windows_of_two = maps["convolution_2"].reshape(2, 2, 2, 2, 6)
    np.testing.assert_array_equal(maps["pooling"], windows_of_two.max(axis=(1, 3)))


def test_single_layer_is_chosen_by_name(cnn, few_digits):
    display = FeatureMapsDisplay.from_estimator(
        cnn, few_digits.X_test[0], layers="dropout"
    )

    assert list(display.maps) == ["dropout"]
    assert display.axes_.shape == (2, 6)


def test_rows_are_labelled_with_layer_size_and_number_of_maps(cnn, few_digits):
    display = FeatureMapsDisplay.from_estimator(cnn, few_digits.X_test[0], max_maps=5)

    assert display.axes_.shape == (4, 5)
    assert [ax.get_ylabel() for ax in display.axes_[:, 0]] == [
        "image\n8 × 8",
        "convolution_1\n6 × 6",
        "convolution_2\n4 × 4\n5 of 6 maps",
        "pooling\n2 × 2\n5 of 6 maps",
    ]


def test_image_of_another_shape_with_as_many_pixels_is_rejected(cnn, few_digits):
    with pytest.raises(ValueError, match=r"images of shape \(4, 16\)"):
        FeatureMapsDisplay.from_estimator(cnn, few_digits.X_test[0].reshape(4, 16))
