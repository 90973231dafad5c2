"""Distortions of training images."""

import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from digitclf._augmentation import LARGEST, LIGHT, NAMED, STRONG, Augmentation
from digitclf._compiled.distortions import augment
from digitclf.datasets import load_mnist

FIELDS = Augmentation._fields


def distorted(images, augmentation, seed=0, pixel_range=(0, 255)):
    return augment(images, augmentation, tf.constant([seed, 0]), pixel_range).numpy()


def compiled(augmentation, shape, dtype, pixel_range=(0, 255)):
    """Return a graph that distorts any number of images, as in training."""
    return tf.function(
        lambda images, seed: augment(images, augmentation, seed, pixel_range),
        autograph=False,
    ).get_concrete_function(
        tf.TensorSpec((None, *shape), dtype), tf.TensorSpec((2,), tf.int32)
    )


def alone(name, value=None):
    return Augmentation(**{name: getattr(STRONG, name) if value is None else value})


def centres_of_mass(images):
    """Return the mean row and column of the ink in each image, (n, 2)."""
    weights = images / images.sum(axis=(1, 2), keepdims=True)
    return np.stack(
        [
            np.sum(weights * grid, axis=(1, 2))
            for grid in np.indices(images.shape[1:], dtype=float)
        ],
        axis=1,
    )


def spreads(images):
    """Return the covariance of the places of ink in each image, (n, 2, 2)."""
    weights = images / images.sum(axis=(1, 2), keepdims=True)
    places = np.indices(images.shape[1:], dtype=float)
    offsets = places[None] - centres_of_mass(images)[:, :, None, None]
    return np.einsum("nhw,nihw,njhw->nij", weights, offsets, offsets)


def ink(images):
    return images.sum(axis=(1, 2), dtype=float)


@pytest.fixture(scope="module")
def mnist():
    """Return 60 images of MNIST, (60, 28, 28) uint8."""
    return load_mnist().images[:60]


@pytest.fixture(scope="module")
def rings():
    """Return 40 copies of a ring with smooth edges, which no rotation changes."""
    y, x = np.indices((28, 28)) - 13.5
    ring = 255 * np.exp(-((np.hypot(y, x) - 6) ** 2) / 4)
    return np.repeat(ring[None], 40, axis=0).astype(np.float32)


@pytest.fixture(scope="module")
def bars():
    """Return 40 copies of an upright bar with smooth ends."""
    y, x = np.indices((28, 28)) - 13.5
    bar = 255 * np.exp(-((x / 1.5) ** 2) / 2 - (y / 4) ** 2 / 2)
    return np.repeat(bar[None], 40, axis=0).astype(np.float32)


# Random numbers


@pytest.mark.parametrize("augmentation", NAMED.values(), ids=NAMED)
def test_the_seed_determines_every_bit(mnist, augmentation):
    first = distorted(mnist, augmentation, seed=1)
    np.testing.assert_array_equal(distorted(mnist, augmentation, seed=1), first)
    other = distorted(mnist, augmentation, seed=2)
    assert np.all(np.any(other != first, axis=(1, 2)))


def test_both_parts_of_the_seed_count(mnist):
    seeds = [[0, 1], [1, 0], [0, 2], [1, 1]]
    results = {
        augment(mnist, LIGHT, tf.constant(seed), (0, 255)).numpy().tobytes()
        for seed in seeds
    }
    assert len(results) == len(seeds)


def test_each_image_is_distorted_differently(mnist):
    copies = np.repeat(mnist[:1], 20, axis=0)
    for name in FIELDS:
        results = distorted(copies, alone(name))
        # A rectangle may be erased where there is no ink.
        assert len(np.unique(results, axis=0)) > 5, name


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_threads(mnist, tmp_path):
    images = np.tile(mnist, (4, 1, 1))[:200]
    np.save(tmp_path / "images.npy", images)
    script = """
import sys
import numpy as np
import tensorflow as tf
n_threads = int(sys.argv[2])
tf.config.threading.set_intra_op_parallelism_threads(n_threads)
tf.config.threading.set_inter_op_parallelism_threads(n_threads)
from digitclf._augmentation import STRONG
from digitclf._compiled.distortions import augment
images = np.load(f"{sys.argv[1]}/images.npy")
result = augment(images, STRONG, tf.constant([0, 0]), (0, 255)).numpy()
np.save(f"{sys.argv[1]}/{n_threads}.npy", result)
"""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script, tmp_path, str(n_threads)],
            env=os.environ | {"CUDA_VISIBLE_DEVICES": "-1"},
        )
        for n_threads in (1, 2)
    ]
    assert [run.wait() for run in runs] == [0, 0]
    one, two = (np.load(tmp_path / f"{n_threads}.npy") for n_threads in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_a_distortion_does_not_change_with_the_others(mnist):
    noisy = distorted(mnist, alone("noise"))
    faint = distorted(mnist, alone("noise")._replace(contrast=1e-6))
    np.testing.assert_allclose(faint, noisy, atol=1e-2)


# Each distortion alone


def test_nothing_changes_if_everything_is_off(mnist):
    np.testing.assert_allclose(distorted(mnist, Augmentation()), mnist, atol=1e-4)


@pytest.mark.parametrize("name", FIELDS)
def test_a_small_value_changes_little(mnist, name):
    changed = distorted(mnist, alone(name, getattr(LARGEST, name) * 1e-6))
    np.testing.assert_allclose(changed, mnist, atol=0.3)


def test_distortions_that_are_off_add_no_operations():
    def operations(augmentation):
        graph = compiled(augmentation, (8, 8), tf.uint8).graph
        return {operation.type for operation in graph.get_operations()}

    assert not {"GatherV2", "MatMul", "Maximum", "Bitcast"} & operations(alone("blur"))
    assert not {"MatMul", "Bitcast"} & operations(alone("rotation"))
    assert operations(STRONG) >= {"GatherV2", "MatMul", "Maximum", "Bitcast"}


def test_rotation_keeps_what_is_round_and_turns_what_is_not(rings, bars):
    turned = distorted(rings, alone("rotation", 90))
    np.testing.assert_allclose(turned, rings, atol=20)
    spread = spreads(distorted(bars, alone("rotation", 30)))
    angles = np.rad2deg(
        np.arctan2(2 * spread[:, 0, 1], spread[:, 0, 0] - spread[:, 1, 1]) / 2
    )
    assert np.all(np.abs(angles) < 30.5)
    assert angles.min() < -15
    assert angles.max() > 15


def test_shear_slants_and_keeps_the_height(bars):
    before = spreads(bars)
    spread = spreads(distorted(bars, alone("shear", 30)))
    np.testing.assert_allclose(spread[:, 0, 0], before[:, 0, 0], rtol=0.05)
    slants = np.rad2deg(np.arctan2(spread[:, 0, 1], spread[:, 0, 0]))
    assert np.all(np.abs(slants) < 30.5)
    assert slants.min() < -15
    assert slants.max() > 15


def test_scale_changes_both_sides_alike(rings):
    sizes = np.sqrt(
        np.diagonal(
            spreads(distorted(rings, alone("scale", 0.2))) / spreads(rings),
            axis1=1,
            axis2=2,
        )
    )
    np.testing.assert_allclose(sizes[:, 0], sizes[:, 1], rtol=0.01)
    assert np.all((sizes > 0.79) & (sizes < 1.21))
    assert sizes.min() < 0.9
    assert sizes.max() > 1.1


def test_aspect_keeps_the_area(rings):
    before = spreads(rings)
    spread = spreads(distorted(rings, alone("aspect", 0.3)))
    ratios = np.sqrt(spread[:, 1, 1] / spread[:, 0, 0])
    assert np.all((ratios > 0.69) & (ratios < 1.31))
    assert ratios.min() < 0.85
    assert ratios.max() > 1.15
    areas = np.sqrt(np.linalg.det(spread) / np.linalg.det(before))
    np.testing.assert_allclose(areas, 1, rtol=0.02)


def test_translation_keeps_ink_and_shape():
    images = np.zeros((100, 20, 40), dtype=np.uint8)
    images[:, 8:12, 16:24] = 200
    moved = distorted(images, alone("translation", 0.2))
    np.testing.assert_allclose(ink(moved), ink(images), rtol=1e-4)
    shifts = centres_of_mass(moved) - centres_of_mass(images)
    assert np.all(np.abs(shifts) <= np.array([4, 8]) + 1e-3)
    assert np.all(np.abs(shifts).max(axis=0) > [3.5, 7])
    assert np.all(np.abs(shifts.mean(axis=0)) < [1, 2])


def test_what_is_moved_out_is_not_repeated_at_the_border():
    images = np.full((50, 8, 8), 255, dtype=np.uint8)
    moved = distorted(images, alone("translation", 1.0))
    assert np.all((moved[:, 0, 0] < 255.1) & (moved >= 0).all(axis=(1, 2)))
    assert np.median(ink(moved)) < 0.5 * ink(images)[0]


def test_thickness_changes_strokes_in_both_directions(mnist):
    changed = distorted(mnist, alone("thickness"))
    ratios = ink(changed) / ink(mnist)
    assert ratios.min() < 0.8
    assert ratios.max() > 1.3
    assert changed.min() >= 0
    assert changed.max() <= 255.001


def test_the_thinnest_strokes_do_not_vanish():
    images = np.zeros((60, 28, 28), dtype=np.uint8)
    images[:, 4:24, 14] = 255
    changed = distorted(images, alone("thickness", LARGEST.thickness))
    assert np.all(ink(changed) >= 0.99 * ink(images))


def test_the_smallest_holes_are_not_filled():
    images = np.zeros((60, 28, 28), dtype=np.uint8)
    images[:, 8:19, 8:19] = 255
    images[:, 13, 13] = 0
    changed = distorted(images, alone("thickness"))
    assert ink(changed).max() > 1.2 * ink(images)[0]
    np.testing.assert_allclose(changed[:, 13, 13], 0, atol=1e-3)


def test_ink_at_the_border_stays_in_the_pixel_range():
    images = np.full((20, 8, 8), 255, dtype=np.uint8)
    for name in ("thickness", "blur"):
        changed = distorted(images, alone(name, 0.25))
        assert np.all((changed >= 0) & (changed <= 255.001)), name


def test_elastic_displacements_are_smooth_and_as_large_as_stated():
    images = np.tile(np.arange(28, dtype=np.float32) / 27, (2000, 28, 1))
    moved = distorted(images, alone("elastic", 0.05), pixel_range=(0, 1))
    shifts = 27 * (moved - images)[:, 10:18, 10:18]
    # The standard deviation of each image is uniform between 0 and 0.05 * 28.
    assert np.std(shifts) == pytest.approx(0.05 * 28 / np.sqrt(3), rel=0.05)
    assert np.std(np.diff(shifts, axis=1)) < 0.25 * np.std(shifts)


def test_elastic_distortion_keeps_most_of_the_ink(mnist):
    ratios = ink(distorted(mnist, alone("elastic"))) / ink(mnist)
    assert ratios.min() > 0.7
    assert ratios.max() < 1.35


def test_blur_keeps_ink_and_widens_by_its_variance(bars):
    blurred = distorted(bars, alone("blur", 0.06))
    np.testing.assert_allclose(ink(blurred), ink(bars), rtol=5e-3)
    np.testing.assert_allclose(centres_of_mass(blurred), 13.5, rtol=1e-3)
    widened = (spreads(blurred) - spreads(bars))[:, 1, 1]
    assert widened.max() == pytest.approx((0.06 * 28) ** 2, rel=0.15)
    assert widened.max() < (0.06 * 28) ** 2 + 0.01


def test_erasing_sets_a_rectangle_to_the_background():
    images = np.full((300, 20, 40), 9.0, dtype=np.float32)
    erased = distorted(images, alone("erasing", 0.5), pixel_range=(-1, 9)) == -1
    assert np.array_equal(erased, distorted(images, alone("erasing", 0.5)) == 0)
    heights = erased.any(axis=2).sum(axis=1)
    widths = erased.any(axis=1).sum(axis=1)
    np.testing.assert_array_equal(erased.sum(axis=(1, 2)), heights * widths)
    assert 8 <= heights.max() <= 10
    assert 16 <= widths.max() <= 20


def test_contrast_keeps_the_order_of_grey_levels_and_the_range():
    levels = np.tile(np.arange(256, dtype=np.uint8).reshape(16, 16), (200, 1, 1))
    changed = distorted(levels, alone("contrast", 0.5))
    flat = changed.reshape(200, -1)
    assert np.all(np.diff(flat) >= -1e-4)
    assert flat.min() >= 0
    assert flat.max() <= 255
    slopes = flat[:, 128] - flat[:, 127]
    assert np.all((slopes > 0.49) & (slopes < 1.51) | (slopes == 0))
    assert slopes.min() < 0.7
    assert slopes.max() > 1.3


def test_noise_has_the_stated_deviation_and_no_bias():
    images = np.full((400, 5, 7), 0.5, dtype=np.float32)
    noise = distorted(images, alone("noise", 0.1), pixel_range=(0, 1)) - images
    # The standard deviation of each image is uniform between 0 and 0.1.
    assert np.std(noise) == pytest.approx(0.1 / np.sqrt(3), rel=0.05)
    assert abs(noise.mean()) < 0.002
    assert np.std(noise, axis=(1, 2)).max() < 0.15
    correlation = np.corrcoef(noise.reshape(400, -1).T)
    assert np.abs(correlation - np.eye(35)).max() < 0.25


# Images of any kind


@pytest.mark.parametrize("augmentation", NAMED.values(), ids=NAMED)
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (10, 30)])
def test_pixel_ranges_are_equivalent(mnist, augmentation, low, high):
    scaled = (low + mnist / np.float32(255) * (high - low)).astype(np.float32)
    result = distorted(scaled, augmentation, pixel_range=(low, high))
    expected = low + distorted(mnist, augmentation) / 255 * (high - low)
    np.testing.assert_allclose(result, expected, atol=1e-4 * (high - low))


def test_the_pixel_range_may_be_tensors(mnist):
    limits = tf.constant(0.0), tf.constant(255.0)
    np.testing.assert_array_equal(
        distorted(mnist, STRONG, pixel_range=limits), distorted(mnist, STRONG)
    )


def test_uint8_and_float32_give_the_same_result(mnist):
    as_float = distorted(mnist.astype(np.float32), STRONG)
    np.testing.assert_array_equal(distorted(mnist, STRONG), as_float)
    assert as_float.dtype == np.float32


@pytest.mark.parametrize("low", [0, -1])
def test_empty_images_stay_empty(low):
    images = np.full((30, 28, 28), low, dtype=np.float32)
    no_grey = STRONG._replace(contrast=0, noise=0)
    np.testing.assert_array_equal(
        distorted(images, no_grey, pixel_range=(low, 1)), images
    )


def test_images_of_a_single_grey_level_stay_finite():
    images = np.full((5, 8, 8), 3, dtype=np.uint8)
    np.testing.assert_array_equal(distorted(images, STRONG, pixel_range=(3, 3)), images)


@pytest.mark.parametrize("shape", [(8, 8), (1, 1), (5, 12), (40, 17), (1, 784)])
def test_any_number_and_size_of_images(shape):
    graph = compiled(LARGEST, shape, tf.float32, pixel_range=(0, 16))
    rng = np.random.default_rng(0)
    for n_images in (0, 1, 3):
        images = rng.uniform(0, 16, size=(n_images, *shape)).astype(np.float32)
        result = graph(tf.constant(images), tf.constant([0, 0])).numpy()
        assert result.shape == images.shape
        assert np.all((result >= 0) & (result <= 16.001))
        again = distorted(images, LARGEST, pixel_range=(0, 16))
        np.testing.assert_allclose(result, again, atol=0.05)


@pytest.mark.parametrize("augmentation", NAMED.values(), ids=NAMED)
def test_digits_keep_their_place_and_their_ink(augmentation):
    images = load_mnist().images[:500]
    result = distorted(images, augmentation._replace(contrast=0, noise=0))
    ratios = ink(result) / ink(images)
    assert np.percentile(ratios, 1) > 0.35
    assert np.percentile(ratios, 99) < 2.5
    assert 0.9 < np.median(ratios) < 1.15
    border = np.ones((28, 28), dtype=bool)
    border[1:-1, 1:-1] = False
    assert np.mean(result[:, border]) < 0.06 * np.mean(result[:, ~border])
    assert np.abs(centres_of_mass(result) - 13.5).max() < 6
