"""``load_mnist`` and ``format_image``: the bundled data, its loader, images as text."""

import copy
import hashlib
import pickle
import struct
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.utils import Bunch

from digitclf.datasets import _mnist, format_image, load_mnist


@pytest.fixture(scope="module")
def mnist_train():
    return load_mnist()


def md5_of_idx_file(array):
    """Return the MD5 of the IDX file, MNIST's original format, that holds `array`."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 0x08, array.ndim, *array.shape)
    return hashlib.md5(header + array.astype(np.uint8).tobytes()).hexdigest()


def test_training_images_are_the_original_file(mnist_train):
    assert md5_of_idx_file(mnist_train.images) == "6bbc9ace898e44ae57da46a324031adb"


def test_training_labels_are_the_original_file(mnist_train):
    assert md5_of_idx_file(mnist_train.target) == "a25bea736e30d166cdddb491f175f624"


def test_test_images_are_the_original_file(mnist_test):
    assert md5_of_idx_file(mnist_test.images) == "2646ac647ad5339dbf082846283269ea"


def test_test_labels_are_the_original_file(mnist_test):
    assert md5_of_idx_file(mnist_test.target) == "27ae3e4e09519cfbb04c329615203637"


@pytest.mark.parametrize(("subset", "size"), [("train", 60000), ("test", 10000)])
def test_arrays_have_the_documented_shapes_and_dtypes(subset, size, request):
    mnist = request.getfixturevalue(f"mnist_{subset}")

    assert mnist.data.shape == (size, 784)
    assert mnist.images.shape == (size, 28, 28)
    assert mnist.target.shape == (size,)
    assert mnist.data.dtype == mnist.images.dtype == np.uint8
    assert mnist.target.dtype == np.int64


@pytest.mark.parametrize(
    ("subset", "counts"),
    [
        ("train", [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]),
        ("test", [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]),
    ],
)
def test_description_has_the_class_counts(subset, counts, request):
    mnist = request.getfixturevalue(f"mnist_{subset}")

    assert np.bincount(mnist.target).tolist() == counts
    described = [
        list(map(int, line.split()[1:-1]))
        for line in mnist.DESCR.splitlines()
        if line.startswith(f"{subset} ")
    ]
    assert described == [counts]


def test_all_is_train_followed_by_test(mnist_train, mnist_test):
    images, target = load_mnist(subset="all", return_X_y=True)

    assert images.shape == (70000, 784)
    np.testing.assert_array_equal(images[:60000], mnist_train.data)
    np.testing.assert_array_equal(images[60000:], mnist_test.data)
    np.testing.assert_array_equal(target[:60000], mnist_train.target)
    np.testing.assert_array_equal(target[60000:], mnist_test.target)


def test_bunch_has_the_keys_and_types_of_load_digits(mnist_test):
    digits = load_digits()

    assert set(mnist_test) == set(digits)
    assert {key: type(value) for key, value in mnist_test.items()} == {
        key: type(value) for key, value in digits.items()
    }
    assert mnist_test.target.dtype == digits.target.dtype
    np.testing.assert_array_equal(mnist_test.target_names, digits.target_names)


def test_repr_has_shapes_and_dtypes_instead_of_values():
    mnist = load_mnist(subset="test", as_frame=True)

    assert repr(mnist) == (
        "Bunch(\n"
        "    data: DataFrame of shape (10000, 784)\n"
        "    target: Series of shape (10000,), int64\n"
        "    frame: DataFrame of shape (10000, 785)\n"
        "    feature_names: list of length 784\n"
        "    target_names: ndarray of shape (10,), int64\n"
        "    images: ndarray of shape (10000, 28, 28), uint8\n"
        f"    DESCR: str of length {len(mnist.DESCR)}\n"
        ")"
    )


def test_repr_follows_changes(mnist_test):
    mnist = copy.copy(mnist_test)
    mnist.origin = None
    del mnist["images"]

    assert "    origin: None\n" in repr(mnist)
    assert "images" not in repr(mnist)


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda bunch: pickle.loads(pickle.dumps(bunch))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_copies_are_bunches_with_the_same_repr(duplicate, mnist_test):
    copied = duplicate(mnist_test)

    assert isinstance(copied, Bunch)
    assert repr(copied) == repr(mnist_test)
    assert dir(copied) == dir(mnist_test) == sorted(mnist_test)
    np.testing.assert_array_equal(copied.target, mnist_test.target)


def test_as_frame_has_the_types_of_load_digits():
    ours = load_mnist(subset="test", as_frame=True)
    theirs = load_digits(as_frame=True)

    assert {key: type(value) for key, value in ours.items()} == {
        key: type(value) for key, value in theirs.items()
    }


def test_feature_names_are_row_then_column(mnist_test):
    assert len(mnist_test.feature_names) == 784
    assert mnist_test.feature_names[0] == "pixel_0_0"
    assert mnist_test.feature_names[1] == "pixel_0_1"
    assert mnist_test.feature_names[28] == "pixel_1_0"
    assert mnist_test.feature_names[-1] == "pixel_27_27"


def test_images_are_a_view_of_data():
    mnist = load_mnist(subset="test")

    mnist.data[3, 28 * 5 + 7] = 201

    assert mnist.images[3, 5, 7] == 201


def test_each_call_returns_new_arrays(mnist_test):
    changed = load_mnist(subset="test")
    changed.data[:] = 255
    changed.target[:] = -1
    changed.feature_names.clear()

    unchanged = load_mnist(subset="test")
    np.testing.assert_array_equal(unchanged.data, mnist_test.data)
    np.testing.assert_array_equal(unchanged.target, mnist_test.target)
    assert unchanged.feature_names == mnist_test.feature_names


def test_return_x_y_gives_the_arrays_of_the_bunch(mnist_test):
    data, target = load_mnist(subset="test", return_X_y=True)

    np.testing.assert_array_equal(data, mnist_test.data)
    np.testing.assert_array_equal(target, mnist_test.target)


def test_as_frame_gives_named_pandas_objects(mnist_test):
    mnist = load_mnist(subset="test", as_frame=True)

    assert isinstance(mnist.data, pd.DataFrame)
    assert list(mnist.data.columns) == mnist_test.feature_names
    assert set(mnist.data.dtypes) == {np.dtype(np.uint8)}
    np.testing.assert_array_equal(mnist.data.to_numpy(), mnist_test.data)
    assert isinstance(mnist.target, pd.Series)
    assert mnist.target.name == "target"
    assert mnist.target.dtype == np.int64
    np.testing.assert_array_equal(mnist.target.to_numpy(), mnist_test.target)


def test_frame_contains_data_and_target():
    mnist = load_mnist(subset="test", as_frame=True)

    assert list(mnist.frame.columns) == [*mnist.feature_names, "target"]
    pd.testing.assert_frame_equal(mnist.frame[mnist.feature_names], mnist.data)
    pd.testing.assert_series_equal(mnist.frame["target"], mnist.target)


def test_frame_is_none_without_as_frame(mnist_test):
    assert mnist_test.frame is None


def test_as_frame_with_return_x_y_gives_two_pandas_objects():
    data, target = load_mnist(subset="test", return_X_y=True, as_frame=True)

    assert isinstance(data, pd.DataFrame)
    assert data.shape == (10000, 784)
    assert isinstance(target, pd.Series)
    assert target.iloc[0] == 7


def test_modifying_data_does_not_modify_frame():
    mnist = load_mnist(subset="test", as_frame=True)

    mnist.data.iloc[0, 0] = 99

    assert mnist.frame.iloc[0, 0] == 0


def test_description_has_licence_and_checksum(mnist_test):
    content = (_mnist._FOLDER / "mnist.npz").read_bytes()

    assert "Creative Commons Attribution-Share Alike 3.0" in mnist_test.DESCR
    assert hashlib.sha256(content).hexdigest() in mnist_test.DESCR
    assert str(len(content)) in mnist_test.DESCR


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"subset": "validation"}, "subset"),
        ({"subset": None}, "subset"),
        ({"return_X_y": "yes"}, "return_X_y"),
        ({"as_frame": 2}, "as_frame"),
    ],
)
def test_error_names_the_invalid_argument(arguments, name):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of load_mnist must"):
        load_mnist(**arguments)


def test_arguments_are_keyword_only():
    with pytest.raises(TypeError, match="positional"):
        load_mnist("train")


def test_error_for_a_missing_file_says_how_to_reinstall(monkeypatch, tmp_path):
    monkeypatch.setattr(_mnist, "_FOLDER", tmp_path)

    with pytest.raises(FileNotFoundError, match=r"mnist\.npz.* is missing.*Reinstall"):
        load_mnist()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:5000] + b"\0" + content[5001:],
        lambda content: b"<html>not the file you asked for</html>",
    ],
    ids=["empty", "cut short", "one byte changed", "another file"],
)
def test_error_for_a_damaged_file_says_how_to_reinstall(damage, monkeypatch, tmp_path):
    content = (_mnist._FOLDER / "mnist.npz").read_bytes()
    (tmp_path / "mnist.npz").write_bytes(damage(content))
    monkeypatch.setattr(_mnist, "_FOLDER", tmp_path)

    with pytest.raises(OSError, match=r"mnist\.npz.* is damaged.*Reinstall"):
        load_mnist()


def test_datasets_do_not_import_tensorflow():
    program = (
        "import sys\n"
        "from digitclf.datasets import format_image, load_mnist\n"
        "format_image(load_mnist(subset='test', as_frame=True).images[0])\n"
        "roots = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(roots & {'tensorflow', 'keras', 'scikeras'}))\n"
    )

    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "[]"


def test_table_has_every_pixel(mnist_train):
    image = mnist_train.images[0]

    table = format_image(image)

    lines = table.split("\n")
    assert len(lines) == 28
    assert {len(line) for line in lines} == {28 * 3 + 27}
    np.testing.assert_array_equal(
        [list(map(int, line.split())) for line in lines], image
    )


def test_table_is_the_same_for_every_layout(mnist_train):
    image = mnist_train.images[0]

    assert format_image(image.reshape(784)) == format_image(image)
    assert format_image(image.reshape(28, 28, 1)) == format_image(image)
    assert format_image(image.tolist()) == format_image(image)
    assert format_image(pd.Series(image.ravel())) == format_image(image)
    assert format_image(pd.DataFrame(image)) == format_image(image)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (np.array([[0, 255], [7, 16]], dtype=np.uint8), "  0 255\n  7  16"),
        (np.array([[0, 5], [7, 1]], dtype=np.uint64), "0 5\n7 1"),
        ([[-10, 5, 3]], "-10   5   3"),
        ([[True, False], [False, True]], "1 0\n0 1"),
        ([[0.0, 0.126], [1.0, 12.5]], " 0.00  0.13\n 1.00 12.50"),
        (np.array([[0.5]], dtype=np.float16), "0.50"),
        ([[-0.001]], "0.00"),
        ([[np.nan, 1.0], [np.inf, -np.inf]], " nan 1.00\n inf -inf"),
        ([3], "3"),
    ],
)
def test_numbers_are_aligned_to_the_widest(image, expected):
    assert format_image(image) == expected


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((28, 28, 3)), r"colour image of shape \(28, 28, 3\)"),
        (np.zeros((28, 28, 4)), r"colour image of shape \(28, 28, 4\)"),
        (np.zeros((28, 28, 2)), r"got shape \(28, 28, 2\)"),
        (np.zeros((10, 28, 28)), r"got shape \(10, 28, 28\)"),
        (np.zeros((1, 28, 28, 1)), r"got shape \(1, 28, 28, 1\)"),
        (np.zeros(783), "783 pixels are not a square number"),
        (np.float64(3.0), r"got shape \(\)"),
        (np.zeros((0, 28)), "is empty"),
        ([], "is empty"),
        ([["a", "b"]], "must contain real numbers.*dtype <U1"),
        (np.array([[None]]), "must contain real numbers.*dtype object"),
        ([[1 + 2j]], "must contain real numbers.*dtype complex128"),
    ],
)
def test_anything_but_one_greyscale_image_is_rejected(image, message):
    with pytest.raises(ValueError, match=message):
        format_image(image)
