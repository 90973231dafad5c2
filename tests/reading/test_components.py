"""Connected components of masks."""

import cv2
import numpy as np
import pytest

from digitclf.reading._components import Components


@pytest.mark.parametrize("share", [0.02, 0.3, 0.55])
@pytest.mark.parametrize("side", [200, 2000])
def test_components_are_opencvs(share, side):
    mask = (np.random.default_rng(0).random((side, side)) < share).view(np.uint8)

    components = Components(mask)

    count, labels, stats, centres = cv2.connectedComponentsWithStats(mask)
    assert len(components) == count
    np.testing.assert_array_equal(components.labels, labels)
    np.testing.assert_array_equal(components.stats, stats)
    np.testing.assert_allclose(components.centres[1:], centres[1:])


def test_more_components_than_16_bits_can_count():
    mask = np.zeros((800, 800), np.uint8)
    mask[::2, ::2] = 255

    components = Components(mask)

    assert len(components) == 400 * 400 + 1
    np.testing.assert_array_equal(
        components.masked(components.stats[:, cv2.CC_STAT_LEFT] < 400) > 0,
        (mask > 0) & (np.arange(800) < 400),
    )


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_some_components_are_those_of_their_mask(share):
    rng = np.random.default_rng(0)
    mask = (rng.random((300, 400)) < share).view(np.uint8)
    # The border is ink, so the paper does not reach it before the ink is left out.
    mask[[0, -1]] = mask[:, [0, -1]] = 1
    components = Components(mask)
    chosen = rng.random(len(components)) < 0.5
    chosen[components.labels[0, 0]] = False

    some = components.only(chosen)

    alone = Components(components.masked(chosen))
    assert 10 < len(some) < len(components)
    np.testing.assert_array_equal(some.mask, alone.mask)
    np.testing.assert_array_equal(some.labels, alone.labels)
    np.testing.assert_array_equal(some.stats, alone.stats)
    np.testing.assert_allclose(some.centres, alone.centres)
    np.testing.assert_array_equal(some.pixels, alone.pixels)
    np.testing.assert_array_equal(some.of_pixels, alone.of_pixels)
    np.testing.assert_array_equal(some.thickness, alone.thickness)


def test_all_components_are_the_same_object_and_none_are_paper():
    mask = np.zeros((30, 40), np.uint8)
    mask[5:15, 5:10] = mask[20:25, 30:40] = 255
    components = Components(mask)

    assert components.only(np.array([False, True, True])) is components
    none = components.only(np.array([True, False, False]))

    assert len(none) == 1
    np.testing.assert_array_equal(none.stats, [[0, 0, 40, 30, 1200]])
    assert not none.mask.any()


def test_paper_is_never_chosen():
    mask = np.zeros((30, 40), np.uint8)
    mask[5:15, 5:10] = mask[20:25, 30:40] = 255
    right = np.zeros_like(mask)
    right[:, 32:] = 255

    components = Components(mask)

    np.testing.assert_array_equal(components.masked(np.ones(3, dtype=bool)), mask)
    np.testing.assert_allclose(components.share_in(right), [0, 0, 0.8])
