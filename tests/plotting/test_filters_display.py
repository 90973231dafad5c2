"""``FiltersDisplay``: the kernels of a convolution."""

import numpy as np
import pytest

from digitclf.plotting import FiltersDisplay


def test_panels_are_the_kernels_on_a_symmetric_scale(cnn):
    kernel = np.asarray(cnn.model_.get_layer("convolution_2").kernel)

    display = FiltersDisplay.from_estimator(cnn, layer="convolution_2", channel=3)

    assert len(display.axes_) == 6
    for index, ax in enumerate(display.axes_):
        np.testing.assert_array_equal(ax.images[0].get_array(), kernel[:, :, 3, index])
        low, high = ax.images[0].get_clim()
        assert low == -high


def test_channel_out_of_range_is_rejected(cnn):
    with pytest.raises(ValueError, match="channel == 4, must be <= 3"):
        FiltersDisplay.from_estimator(cnn, layer="convolution_2", channel=4)
