"""load_image_folder: one subfolder per class, by the conventions of load_files."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_files
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from digitclf.datasets import load_image_folder, load_mnist
from digitclf.preprocessing import DigitNormalizer


@pytest.fixture
def folder(tmp_path):
    """Return a folder with four digits each of three classes, of different sizes."""
    mnist = load_mnist()
    for label in "137":
        (tmp_path / label).mkdir()
        images = mnist.images[mnist.target == int(label)][:4]
        for number, image in enumerate(images):
            size = 28 * (number + 1)
            picture = Image.fromarray(255 - image).resize((size, size))
            picture.convert("RGB" if number else "L").save(
                tmp_path / label / f"{number}.png"
            )
    (tmp_path / "1" / ".hidden").write_text("skipped")
    (tmp_path / "README.txt").write_text("skipped")
    return tmp_path


def test_same_files_classes_and_order_as_load_files(folder):
    (folder / "1" / ".hidden").unlink()

    ours, theirs = load_image_folder(folder), load_files(folder, load_content=False)

    assert ours.target_names == theirs.target_names == ["1", "3", "7"]
    assert sorted(ours.filenames) == sorted(theirs.filenames)
    np.testing.assert_array_equal(ours.target, theirs.target)


def test_pictures_belong_to_their_classes(folder):
    digits = load_image_folder(folder)

    for picture, target, filename in zip(
        digits.data, digits.target, digits.filenames, strict=True
    ):
        assert f"/{digits.target_names[target]}/" in filename.replace("\\", "/")
        np.testing.assert_array_equal(picture, np.asarray(Image.open(filename)))


def test_pictures_are_not_shuffled_if_told_so(folder):
    digits = load_image_folder(folder, shuffle=False)

    assert digits.filenames.tolist() == sorted(digits.filenames)
    assert digits.target.tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_categories_and_extensions(folder):
    (folder / "3" / "notes.txt").write_text("no picture")

    digits = load_image_folder(
        folder, categories=["7", "3"], allowed_extensions=[".png"]
    )

    assert digits.target_names == ["3", "7"]
    assert len(digits.data) == 8


def test_data_and_target_as_a_tuple(folder):
    X, y = load_image_folder(folder, return_X_y=True)

    assert len(X) == len(y) == 12


def test_indexing_reads_no_pictures(folder):
    data = load_image_folder(folder, shuffle=False).data
    for path in folder.glob("*/*.png"):
        path.unlink()

    assert len(data[3:]) == 9
    assert len(data[np.array([0, 5])]) == 2
    with pytest.raises(FileNotFoundError):
        data[0]


def test_cross_validation_of_a_pipeline(folder):
    X, y = load_image_folder(folder, return_X_y=True)
    pipeline = make_pipeline(DigitNormalizer(), KNeighborsClassifier(1))

    scores = cross_val_score(pipeline, X, y, cv=KFold(3), error_score="raise")

    assert scores.mean() > 0.5


def test_file_that_is_not_an_image_is_named(folder):
    (folder / "3" / "notes.txt").write_text("no picture")

    with pytest.raises(ValueError, match=r"notes\.txt' is not an image.*allowed_ext"):
        load_image_folder(folder)


def test_file_that_is_only_named_like_an_image(folder):
    (folder / "3" / "notes.png").write_text("no picture")

    with pytest.raises(ValueError, match=r"notes\.png' is not an image") as caught:
        load_image_folder(folder, allowed_extensions=[".png"])

    assert "allowed_extensions" not in str(caught.value)


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        load_image_folder(tmp_path / "missing")


def test_folder_without_classes(tmp_path):
    with pytest.raises(ValueError, match="has no subfolders"):
        load_image_folder(tmp_path)


def test_classes_without_files(tmp_path):
    (tmp_path / "1").mkdir()

    with pytest.raises(ValueError, match="have no files"):
        load_image_folder(tmp_path)


def test_missing_category(folder):
    with pytest.raises(FileNotFoundError, match=r"categories: .* no subfolder '5'"):
        load_image_folder(folder, categories=["5"])
