"""Arrays that are read when they are indexed: checks, statistics and errors."""

import threading

import dask.array as da
import keras
import numpy as np
import pytest
from support.classifiers import quick_mlp
from support.comparing import same_weights
from support.lazy_arrays import Slices, as_dask, as_hdf5, as_memmap, small_windows

from digitclf._data.ahead import read_ahead
from digitclf._data.lazy import is_lazy
from digitclf._data.pixel_range import learn_pixel_range
from digitclf._data.statistics import ArrayStatistics, RunningStatistics
from digitclf.datasets import load_mnist


@pytest.fixture(scope="module")
def images():
    """Return 3,000 images of MNIST as float32 and their labels."""
    X, y = load_mnist(return_X_y=True)
    return X[:3000].astype(np.float32), y[:3000]


def refused(X, y, **kwargs):
    """Return the error of a fit that reads block by block, and of one that does not."""
    clf = quick_mlp(epochs=1)
    with small_windows(), pytest.raises((OSError, ValueError)) as error:
        clf.fit(X, y, **kwargs)
    assert not hasattr(clf, "model_")
    return str(error.value)


# Which arrays


def test_arrays_of_files_are_lazy(images, tmp_path):
    X = images[0][:10]

    assert is_lazy(as_memmap(X, tmp_path))
    assert is_lazy(as_memmap(X, tmp_path)[2:].reshape(-1, 28, 28))
    assert is_lazy(as_hdf5(X, tmp_path))
    assert is_lazy(as_dask(X))
    assert is_lazy(Slices(X))
    assert not is_lazy(X)
    assert not is_lazy(np.asarray(as_memmap(X, tmp_path)))
    assert not is_lazy(X.tolist())


# Values


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_found_in_any_block(value, images):
    X, y = images
    X = X.copy()
    X[2990, 5] = value

    assert "X contains" in refused(Slices(X), y)


def test_values_too_large_for_float32_are_refused(images):
    X = images[0].astype(np.float64)
    X[2000, 5] = 1e200

    assert "X contains infinity or a value too large" in refused(Slices(X), images[1])


def test_values_too_small_for_float32_are_refused(images):
    X = images[0].astype(np.float64) * 1e-300

    assert "values of X, from 0 to 2.55e-298, are too small" in refused(
        Slices(X), images[1]
    )


def test_a_block_without_ink_is_accepted(images):
    X = images[0].astype(np.float64)
    X[:500] = 0

    with small_windows():
        clf = quick_mlp(epochs=1).fit(Slices(X), images[1])

    assert clf.pixel_range_ == (0, 255)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((3000, 28, 28, 3), r"X has shape .*colour"),
        ((3000, 1, 28, 28), r"X has shape .*channel comes first.*X\[:, 0\]"),
        ((3000, 2, 2, 14, 14), "X has shape"),
    ],
)
def test_other_layouts_are_refused(shape, message, images):
    X = np.zeros(shape, np.float32)

    with small_windows(), pytest.raises(ValueError, match=message):
        quick_mlp().fit(Slices(X), images[1])


@pytest.mark.parametrize("dtype", ["complex64", "datetime64[s]", "U3"])
def test_other_dtypes_are_refused(dtype, images):
    X = images[0].astype("i8").astype(dtype)

    assert refused(Slices(X), images[1])


def test_prediction_refuses_other_shapes(images):
    X, y = images
    clf = quick_mlp(epochs=1).fit(X[:200], y[:200])

    with small_windows(), pytest.raises(ValueError, match="X has 783 features"):
        clf.predict(Slices(X[:, :783]))
    with (
        small_windows(),
        pytest.raises(ValueError, match=r"images of shape \(14, 56\)"),
    ):
        clf.predict(Slices(X.reshape(-1, 14, 56)))


# Statistics


STATISTICS = {
    "grey": lambda X: X,
    "paper is white": lambda X: 255 - X,
    "centred": lambda X: (X - X.mean()) / X.std(),
    "negative": lambda X: -X,
    "both signs": lambda X: X - 20,
    "resampled": lambda X: X - 3,
}


@pytest.mark.parametrize("kind", STATISTICS)
def test_statistics_do_not_depend_on_blocks(kind, images):
    X = STATISTICS[kind](images[0]).astype(np.float32)
    X = np.concatenate([X, X, X])  # more than two steps of the sums
    whole = ArrayStatistics(X)
    running = RunningStatistics(len(X), X.dtype, for_range=True)
    generator = np.random.default_rng(0)
    start = 0
    while start < len(X):
        stop = start + int(generator.integers(1, 3000))
        running.add(X[start:stop])
        start = stop

    assert (running.smallest, running.largest) == (whole.smallest, whole.largest)
    assert running.root_mean_square() == whole.root_mean_square()
    assert running.mean() == pytest.approx(whole.mean(), rel=1e-9)
    assert running.size == whole.size
    np.testing.assert_array_equal(running.sample, whole.sample)
    assert learn_pixel_range(running) == learn_pixel_range(whole)
    for size in (0.0, 1.0, 50.0, 200.0):
        counts = [whole.count_larger(size * share) for share in (1.0, 1.01)]
        assert counts[1] <= running.count_larger(size) <= counts[0]


def test_far_outliers_cause_a_warning(images):
    X, y = images
    X = X.copy()
    X[1234, 7] = 1e7

    with small_windows(), pytest.warns(UserWarning, match="X has values of up to 1e"):
        quick_mlp(epochs=1).fit(Slices(X), y)


# Errors of arrays


def test_unknown_chunk_sizes_are_refused(images):
    X = da.from_array(images[0], chunks=(500, 784))
    X = X[X[:, 0] >= 0]

    message = refused(X, images[1])

    assert "X is an array of unknown chunk sizes" in message
    assert "X.compute_chunk_sizes()" in message
    assert quick_mlp(epochs=1).fit(X.compute_chunk_sizes(), images[1])


def test_labels_of_unknown_chunk_sizes_are_computed(images):
    X, y = images[0][:200], images[1][:200]
    labels = da.from_array(y, chunks=50)

    clf = quick_mlp().fit(X, labels[labels >= 0])

    assert same_weights(clf, quick_mlp().fit(X, y))


def blocks_of(*arrays, declared, length=1000):
    """Return a Dask array of blocks that may not be what is declared."""
    import dask

    return da.concatenate(
        [
            da.from_delayed(
                dask.delayed(array, pure=True), (length, 784), dtype=declared
            )
            for array in arrays
        ]
    )


def test_blocks_of_differing_dtypes_are_refused(images):
    X, y = images
    array = blocks_of(
        X[:1000], X[1000:2000].astype(np.float64), X[2000:], declared=np.float32
    )

    message = refused(array, y)

    assert message.startswith("X has blocks of differing dtypes: it declares float32")
    assert "are float64" in message


def test_blocks_of_the_wrong_size_are_refused(images):
    X, y = images
    array = blocks_of(X[:1000], X[1000:1900], X[2000:], declared=np.float32)

    assert "X has blocks of the wrong size" in refused(array, y)


@pytest.mark.parametrize("as_labels", [np.asarray, as_dask])
def test_labels_of_another_length_are_refused(as_labels, images):
    X, y = images

    message = refused(Slices(X), as_labels(y[:-1]))

    assert "inconsistent numbers of samples: X has 3000, y has 2999" in message


def test_weights_of_another_length_are_refused(images):
    X, y = images

    message = refused(Slices(X), y, sample_weight=as_dask(np.ones(5)))

    assert "sample_weight" in message


def test_validation_images_are_named(images):
    X, y = images
    X_val = X.copy()
    X_val[2000] = np.nan

    message = refused(X[:100], y[:100], X_val=Slices(X_val), y_val=y)

    assert "X_val contains NaN" in message


@pytest.mark.parametrize("argument", ["X", "y"])
def test_a_closed_dataset_is_refused(argument, images, tmp_path):
    X, y = images
    (tmp_path / "other").mkdir()
    data = {"X": as_hdf5(X, tmp_path), "y": as_hdf5(y, tmp_path / "other")}
    data[argument].file.close()

    message = refused(**data)

    assert message.startswith(f"{argument} could not be read")
    assert "have to stay open" in message


class Closes(keras.callbacks.Callback):
    def __init__(self, file):
        super().__init__()
        self.file = file

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.file.close()


def test_a_dataset_closed_during_a_fit_is_an_error(images, tmp_path):
    X, y = images
    clf = quick_mlp(epochs=1).fit(X[:100], y[:100])
    before = clf.model_.get_weights()
    dataset = as_hdf5(X, tmp_path)
    clf.set_params(epochs=3, callbacks=[Closes(dataset.file)])

    with (
        small_windows(),
        pytest.raises(ValueError, match="X could not be read at"),
    ):
        clf.fit(dataset, y)

    for weights, weights_before in zip(clf.model_.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weights, weights_before)


class Fails(Slices):
    def __getitem__(self, index):
        if index.start > 1000:
            raise OSError(5, "Input/output error")
        return super().__getitem__(index)


def test_an_error_of_a_disk_stays_one(images):
    with small_windows(), pytest.raises(OSError, match=r"X could not be read.*Input"):
        quick_mlp().fit(Fails(images[0]), images[1])


# Reading ahead


def test_items_are_made_one_in_advance():
    made = []

    def items():
        for number in range(4):
            made.append(number)
            yield number

    ahead = read_ahead(items())

    assert next(ahead) == 0
    ahead.close()
    assert made == [0, 1]
    assert list(read_ahead(items())) == [0, 1, 2, 3]


def test_an_error_is_raised_in_its_place():
    def items():
        yield 1
        raise ValueError("second")

    ahead = read_ahead(items())

    assert next(ahead) == 1
    with pytest.raises(ValueError, match="second"):
        next(ahead)


def test_a_wait_can_be_interrupted():
    released = threading.Event()

    def items():
        released.wait(30)
        yield 1

    def interrupt():
        released.set()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        next(read_ahead(items(), interrupt))
