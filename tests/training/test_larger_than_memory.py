"""Training on and prediction of images that are read block by block."""

import contextlib
import gc
import math
import threading
import tracemalloc
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn import config_context
from support.classifiers import quick_mlp
from support.comparing import assert_same_fit, same_weights
from support.lazy_arrays import (
    KINDS,
    Slices,
    as_dask,
    as_hdf5,
    as_memmap,
    small_windows,
)
from support.recording_callbacks import Epochs, Interrupt

from digitclf import load_predictor, save_model
from digitclf._compiled.labelled_images import Images
from digitclf._data import lazy
from digitclf._data.lazy import LazyImages
from digitclf._training import windows
from digitclf._training.windows import Blockwise, Generators, InMemory
from digitclf.datasets import load_mnist

ACCURATE = {"optimizer": "adam", "learning_rate": 0.003, "hidden_layer_sizes": (32,)}


@pytest.fixture(scope="module")
def images():
    """Return 3,000 images of MNIST and their labels."""
    X, y = load_mnist(return_X_y=True)
    return X[:3000], y[:3000]


@pytest.fixture(scope="module")
def mapped(images, tmp_path_factory):
    """Return the images as a memory map."""
    return as_memmap(images[0], tmp_path_factory.mktemp("mapped"))


@pytest.fixture
def blockwise(monkeypatch):
    """Read arrays of any size block by block, in a window that contains all images."""
    monkeypatch.setattr(lazy, "READ_WHOLE", 0)
    monkeypatch.setattr(windows, "KEPT", 0)


# A window with all images


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("blockwise")
def test_a_window_of_all_images_gives_the_fit_in_memory(kind, images, tmp_path):
    X, y = images
    in_memory = quick_mlp(validation_split=0.1).fit(X[:500], y[:500])

    from_file = quick_mlp(validation_split=0.1).fit(
        KINDS[kind](X[:500], tmp_path), y[:500]
    )

    assert_same_fit(from_file, in_memory, X[:500])
    assert same_weights(from_file, in_memory)


@pytest.mark.parametrize(
    "params",
    [
        {"dropout": 0.2, "ema_momentum": 0.9, "class_weight": "balanced"},
        {"augment": "light", "schedule": "one_cycle", "epochs": 3},
        {"validation_split": 0.2, "patience": 0, "epochs": 5, "learning_rate": 2.0},
        {"batch_size": 7},
    ],
)
@pytest.mark.usefixtures("blockwise")
def test_settings_have_the_effect_that_they_have_in_memory(
    make_quick, params, images, tmp_path
):
    X, y = images[0][:300].reshape(-1, 28, 28), images[1][:300]
    weights = np.arange(300) % 3
    in_memory = make_quick(**params).fit(X, y, sample_weight=weights)

    from_file = make_quick(**params).fit(as_hdf5(X, tmp_path), y, sample_weight=weights)

    assert same_weights(from_file, in_memory)
    assert from_file.history_ == in_memory.history_


@pytest.mark.usefixtures("blockwise")
def test_validation_images_may_be_read_block_by_block(images, tmp_path):
    X, y = images
    in_memory = quick_mlp().fit(X[:300], y[:300], X_val=X[300:400], y_val=y[300:400])

    from_file = quick_mlp().fit(
        X[:300], y[:300], X_val=as_hdf5(X[300:400], tmp_path), y_val=y[300:400]
    )

    assert_same_fit(from_file, in_memory, X[:100])


@pytest.mark.usefixtures("blockwise")
def test_floats_of_both_signs_give_the_same_pixel_range(few_digits, tmp_path):
    X = (few_digits.X_train - few_digits.X_train.mean()) / few_digits.X_train.std()
    in_memory = quick_mlp().fit(X, few_digits.y_train)

    from_file = quick_mlp().fit(as_memmap(X, tmp_path), few_digits.y_train)

    assert from_file.pixel_range_ == in_memory.pixel_range_
    assert same_weights(from_file, in_memory)


def test_small_arrays_are_read_as_a_whole(images):
    X, y = images
    array = Slices(X[:200])

    fitted = quick_mlp().fit(array, y[:200])

    assert array.read == [slice(None)]
    assert same_weights(fitted, quick_mlp().fit(X[:200], y[:200]))


# Several windows


def test_several_windows_train_a_good_classifier(images, mapped):
    X, y = images
    clf = quick_mlp(**ACCURATE, epochs=5)

    with small_windows():
        clf.fit(mapped[:2700], y[:2700])

    assert clf.score(X[2700:], y[2700:]) > 0.85


def test_windows_depend_on_the_seed_alone(images, mapped):
    y = images[1]
    with small_windows():
        one, same, other = (
            quick_mlp(epochs=1, random_state=seed).fit(mapped, y) for seed in (0, 0, 1)
        )

    assert same_weights(one, same)
    assert not same_weights(one, other)


def test_layouts_of_images_give_the_same_windows(images, mapped, tmp_path):
    X, y = images
    with_channel = as_memmap(X.reshape(-1, 28, 28, 1), tmp_path)
    with small_windows():
        rows = quick_mlp(epochs=1).fit(mapped, y)
        with_channels = quick_mlp(epochs=1).fit(with_channel, y)

    assert same_weights(rows, with_channels)
    assert with_channels.image_shape_ == (28, 28)


def test_held_out_images_are_those_of_a_fit_in_memory(images, mapped):
    X, y = images
    # With a learning rate of about 0, val_loss is that of the initial weights.
    params = {"epochs": 1, "learning_rate": 1e-12, "validation_split": 0.3}
    in_memory = quick_mlp(**params).fit(X, y)

    with config_context(working_memory=1):  # in which they do not stay
        blockwise = quick_mlp(**params).fit(mapped, y)

    assert blockwise.best_validation_loss_ == pytest.approx(
        in_memory.best_validation_loss_, rel=1e-5
    )
    assert blockwise.history_["val_accuracy"] == in_memory.history_["val_accuracy"]


def test_early_stopping_ends_with_the_best_epoch(images, mapped, tmp_path):
    y = images[1]
    clf = quick_mlp(
        epochs=30,
        learning_rate=2.0,
        validation_split=0.2,
        patience=1,
        checkpoint=tmp_path / "{epoch}.keras",
    )
    with small_windows():
        clf.fit(mapped, y)

    losses = clf.history_["val_loss"]
    assert clf.n_iter_ < 30
    assert clf.best_epoch_ == np.argmin(losses) + 1
    assert clf.checkpoint_path_ == tmp_path / f"{clf.best_epoch_}.keras"


def test_a_resumed_fit_ends_as_if_it_had_not_been_interrupted(images, mapped, tmp_path):
    X, y = images
    params = {"epochs": 3, "ema_momentum": 0.9, "dropout": 0.2}
    with small_windows():
        whole = quick_mlp(**params).fit(mapped, y)
        clf = quick_mlp(**params, checkpoint=tmp_path, callbacks=[Interrupt(1)])
        with pytest.raises(KeyboardInterrupt):
            clf.fit(mapped, y)

        clf.set_params(callbacks=None, resume=True).fit(mapped, y)

    assert_same_fit(clf, whole, X[:100])


def test_a_fit_is_not_resumed_with_other_windows(images, mapped, tmp_path):
    clf = quick_mlp(checkpoint=tmp_path, callbacks=[Interrupt(0)])
    with small_windows(), pytest.raises(KeyboardInterrupt):
        clf.fit(mapped, images[1])

    clf.set_params(callbacks=None, resume=True)
    with (
        config_context(working_memory=2),
        pytest.raises(ValueError, match=r"resume.*working_memory \(4, now 2\)"),
    ):
        clf.fit(mapped, images[1])


class Batches(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.numbers = []

    def on_train_batch_end(self, batch, logs=None):
        self.numbers.append(batch)


def test_callbacks_hear_of_every_batch_of_all_windows(images, mapped):
    y = images[1]
    batches, epochs = Batches(), Epochs()
    with small_windows():
        silent = quick_mlp().fit(mapped, y)
        clf = quick_mlp(callbacks=[batches, epochs]).fit(mapped, y)

    assert batches.numbers == [*range(60)] * 2
    assert same_weights(clf, silent)
    assert epochs.logs[-1]["loss"] == clf.history_["loss"][-1]


class StopsAtBatch(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 20:
            self.model.stop_training = True


def test_a_callback_can_stop_in_any_window(images, mapped):
    batches = Batches()
    with small_windows():
        clf = quick_mlp(callbacks=[batches, StopsAtBatch()]).fit(mapped, images[1])

    assert batches.numbers == [*range(21)]
    assert clf.n_iter_ == 1


def test_images_of_weight_0_are_left_out(images, mapped):
    X, y = images
    counts = np.arange(len(y)) % 2 == 0
    garbage = X.copy()
    garbage[~counts] = 255
    with small_windows():
        clf = quick_mlp(epochs=1).fit(mapped, y, sample_weight=counts.astype(float))
        other = quick_mlp(epochs=1).fit(
            Slices(garbage), y, sample_weight=counts.astype(float)
        )

    assert same_weights(clf, other)


def test_batch_normalization_is_measured(images, mapped):
    from support.classifiers import quick_cnn

    X, y = images
    with small_windows():
        clf = quick_cnn(batch_normalization=True, epochs=2, **{"learning_rate": 0.3})
        clf.fit(mapped.reshape(-1, 28, 28), y)

    assert clf.score(X, y) > 0.5


def test_partial_fit_reads_blocks(images, mapped):
    X, y = images
    with small_windows():
        clf = quick_mlp(**ACCURATE).partial_fit(mapped, y, range(10))

    assert clf.score(X, y) > 0.6


# Windows


def generators(seed):
    return Generators(np.random.default_rng(seed), np.random.default_rng(seed))


def numbered(n_images, batch_size, working_memory, chunks=None, epoch=0):
    """Return the numbers of the images of each window of an epoch."""
    pixels = np.zeros((n_images, 100), np.uint8)
    pixels[:, :4] = np.arange(n_images, dtype="<u4").view(np.uint8).reshape(-1, 4)
    numbers = np.arange(n_images, dtype=np.int32)
    found = []
    with config_context(working_memory=working_memory):
        source = Blockwise(
            LazyImages(Slices(pixels, chunks), None, "X"),
            numbers,
            numbers.astype(np.float32),
            (100,),
            numbers,
        )
        for window in source.shuffled(generators(epoch), batch_size):
            images, order = window
            rows = images.pixels.numpy()[order]
            of_rows = np.ascontiguousarray(rows[:, :4]).view("<u4")[:, 0]
            np.testing.assert_array_equal(of_rows, images.labels.numpy()[order])
            np.testing.assert_array_equal(of_rows, images.weights.numpy()[order])
            found.append(of_rows)
    return found


@pytest.mark.parametrize("chunks", [None, (37, 100), (1000, 100), (5000, 100)])
@pytest.mark.parametrize("batch_size", [1, 64, 700, 5000])
def test_an_epoch_has_every_image_once(batch_size, chunks):
    found = numbered(5000, batch_size, 0.5, chunks)  # windows of 655 images

    assert sorted(np.concatenate(found)) == [*range(5000)]
    assert all(len(window) % batch_size == 0 for window in found[:-1])


def test_windows_are_samples_of_all_images():
    first = numbered(5000, 64, 0.5)[0]

    assert len(first) == 640
    assert abs(first.mean() - 2500) < 500
    assert (np.abs(np.diff(np.sort(first))) > 10).sum() > 20  # blocks of 10 images


def test_epochs_have_different_orders():
    one, other = (np.concatenate(numbered(2000, 64, 0.5, epoch=e)) for e in (0, 1))

    assert (one != other).mean() > 0.9


def test_blocks_are_chunks_or_parts_of_them():
    def blocks(lengths, n_images=1000):
        pixels = np.zeros((n_images, 100), np.uint8)
        with config_context(working_memory=0.5):  # 10 per block, 655 per window
            return LazyImages(Slices(pixels, (lengths, 100)), None, "X").blocks()

    assert blocks(4)[:2] == [(0, 8), (8, 16)]
    assert blocks(300) == [(0, 300), (300, 600), (600, 900), (900, 1000)]
    assert blocks(800)[:2] == [(0, 10), (10, 20)]
    assert blocks((4, 4, 4, 300, 1, 687))[:4] == [
        (0, 8),
        (8, 12),
        (12, 312),
        (312, 313),
    ]
    assert blocks((1000,))[-1][1] == 1000


@pytest.mark.parametrize("n_images", [20_000, 80_000])
def test_memory_does_not_grow_with_the_number_of_images(n_images, tmp_path):
    X = as_memmap(np.zeros((n_images, 784), np.uint8), tmp_path)
    with config_context(working_memory=8):  # windows of 1 MiB
        pixels = LazyImages(X, None, "X")
        codes = np.zeros(n_images, np.int32)
        source = Blockwise(
            pixels, codes, codes.astype(np.float32), (784,), np.arange(n_images)
        )
        gc.collect()
        tracemalloc.start()
        lazy.survey(pixels, np.ones(n_images))
        for _ in source.shuffled(generators(0), 64):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert peak < 5 * 2**20


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="needs /proc")
def test_pages_of_a_memory_map_do_not_stay_in_memory(images, mapped):
    with small_windows():
        quick_mlp(epochs=1).fit(mapped, images[1])

    assert resident_kilobytes(mapped.filename) < mapped.nbytes / 1024 / 10


def resident_kilobytes(path):
    total, is_of_file = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        name, *rest = line.split()
        if not name.endswith(":"):
            is_of_file = line.endswith(str(path))
        elif name == "Rss:" and is_of_file:
            total += int(rest[0])
    return total


def test_changes_of_a_private_memory_map_are_kept(images, tmp_path):
    as_memmap(images[0], tmp_path)
    private = np.load(tmp_path / "array.npy", mmap_mode="c")
    private[:] = 255 - private
    changed = np.array(private)

    with small_windows():
        quick_mlp(epochs=1).fit(private, images[1])

    np.testing.assert_array_equal(private, changed)


# Threads


def reading_threads():
    return [t for t in threading.enumerate() if t.name.startswith("digitclf-read")]


def test_no_thread_is_left(images, mapped):
    with small_windows():
        clf = quick_mlp(callbacks=[StopsAtBatch()]).fit(mapped, images[1])
        clf.predict(mapped)
        with contextlib.suppress(KeyboardInterrupt):
            quick_mlp(callbacks=[Interrupt(0)]).fit(mapped, images[1])

    assert reading_threads() == []


# Predictions


@pytest.fixture(scope="module", params=["estimator", "predictor"])
def trained(request, images, tmp_path_factory):
    clf = quick_mlp(epochs=1).fit(*images)
    if request.param == "estimator":
        return clf
    path = tmp_path_factory.mktemp("trained") / "mlp.keras"
    save_model(clf, path)
    return load_predictor(path)


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_are_those_in_memory(kind, trained, images, tmp_path):
    X, y = images
    array = KINDS[kind](X, tmp_path)

    with small_windows():
        probabilities = trained.predict_proba(array)
        labels = trained.predict(array)
        score = trained.score(array, as_dask(y))

    # Matrix products of batches of another size differ in the last bits.
    expected = trained.predict_proba(X)
    np.testing.assert_allclose(probabilities, expected, atol=1e-6)
    np.testing.assert_array_equal(labels, trained.predict(X))
    assert score == trained.score(X, y)


def test_predictions_do_not_read_all_images_at_once(trained, images):
    array = Slices(images[0])

    with small_windows():
        trained.predict(array)

    lengths = [part.stop - part.start for part in array.read]
    assert max(lengths) * 784 <= 2**16
    assert sum(lengths) >= 3000


def test_images_of_another_range_cause_one_warning(trained, images, tmp_path):
    X = as_memmap(images[0].astype(np.float32) / 255, tmp_path)

    with small_windows(), pytest.warns(UserWarning, match="X has values from 0 to 1"):
        trained.predict(X)


def test_images_of_the_fitted_range_cause_no_warning(trained, images, recwarn):
    with small_windows():
        trained.predict(Slices(images[0]))

    assert not recwarn.list


def test_batches_are_divided_as_in_memory(images):
    """An epoch takes as many steps as in memory, whatever the windows."""
    for n_images, batch_size in [(5000, 64), (5001, 50), (4999, 5000)]:
        found = numbered(n_images, batch_size, 0.5)
        n_batches = sum(math.ceil(len(window) / batch_size) for window in found)
        assert n_batches == math.ceil(n_images / batch_size)


def test_sources_in_memory_and_in_blocks_agree(images):
    X, y = images[0][:100], images[1][:100].astype(np.int32)
    weights = np.ones(100, np.float32)
    chosen = np.random.default_rng(0).permutation(100)[:60]
    in_memory = InMemory(Images.of(X, y, weights), chosen)
    in_blocks = Blockwise(
        LazyImages(Slices(X, (7, 784)), None, "X"), y, weights, (784,), chosen
    )

    for of_memory, of_blocks in zip(
        in_memory.in_order(), in_blocks.in_order(), strict=True
    ):
        for one, other in zip(of_memory.images, of_blocks.images, strict=True):
            np.testing.assert_array_equal(
                one.numpy()[of_memory.chosen], other.numpy()[of_blocks.chosen]
            )
    np.testing.assert_array_equal(in_memory.labels, in_blocks.labels)
