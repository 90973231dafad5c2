"""`digitclf train` on the user's own pictures, and the plots it draws."""

import re
import sys

import numpy as np
import pytest
from support.command_line import single_line
from support.image_folders import as_grey_levels, save_image, save_images
from support.phone_photos import save_photos
from support.posix import NEEDS_ANY_FILE_NAME

from digitclf.cli import _recipes
from digitclf.cli._recipes import Model, Recipe, parameters_for
from digitclf.datasets import load_mnist

TINY = ["--model", "mlp", "--epochs", "1"]


@pytest.fixture
def train(invoke, tmp_path):
    """Return a function that trains on raw images in a folder for one epoch."""

    def train_on(folder, *options):
        output = tmp_path / "tiny.keras"
        args = ["--data", folder, "--raw", *TINY, "--output", output]
        return invoke("train", *args, *options)

    return train_on


@pytest.fixture
def ten_images(few_digits):
    """Return ten images of an 8 x 8 digit each."""
    return as_grey_levels(few_digits.X_train[:10])


def load(path):
    from digitclf import load_model

    return load_model(path)


def printed_accuracy(stdout):
    return float(re.search(r"never trained on: ([01]\.\d{4})", stdout)[1])


def test_a_fifth_of_each_class_is_held_out_to_test_with(trained_on_own, own_images):
    stdout = trained_on_own[0].stdout

    assert f"on 480 of the 600 pictures in {own_images} (seed 0)" in stdout
    assert f"Accuracy on 120 of the 600 pictures in {own_images}, never" in stdout
    rows = re.findall(r"^(\d)((?: +(?:\d+|\.)){10})$", stdout, re.MULTILINE)
    tested = {
        label: sum(map(int, row.replace(".", "0").split())) for label, row in rows
    }
    available = {path.name: len(list(path.iterdir())) for path in own_images.iterdir()}
    assert tested.keys() == available.keys()
    for label, n_images in available.items():
        assert tested[label] == pytest.approx(n_images / 5, abs=1)


def test_a_model_learns_own_images(trained_on_own):
    done, path = trained_on_own

    assert printed_accuracy(done.stdout) > 0.85
    assert load(path).image_shape_ == (8, 8)
    assert load(path).classes_.tolist() == list(range(10))


def test_options_of_training_reach_the_model(trained_on_own):
    params = load(trained_on_own[1]).get_params()

    assert params["schedule"] == "one_cycle"
    assert params["dropout"] == 0.1
    assert params["augment"] == "light"


def test_plots_are_beside_the_model(trained_on_own):
    done, path = trained_on_own

    written = sorted(file.name for file in path.parent.iterdir())
    assert written == ["own-errors.png", "own-history.png", "own.keras"]
    for name in written[:2]:
        picture = path.with_name(name)
        assert f"saved to {picture}\n" in done.stdout
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_plots_without_matplotlib_are_refused_before_training(train, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    code, stdout, stderr = train("nowhere", "--plot")

    assert (code, stdout) == (1, "")
    assert 'pip install "digitclf[plot]"' in single_line(stderr)


def test_names_of_folders_can_be_any_labels(train, ten_images, tmp_path):
    save_images(tmp_path / "own", ten_images, ["one", "[two]"] * 5)

    code, stdout, _ = train(tmp_path / "own")

    assert code == 0
    assert load(tmp_path / "tiny.keras").classes_.tolist() == ["[two]", "one"]
    assert re.search(r"^ +\[two\] +one$", stdout, re.MULTILINE)


def test_names_of_folders_that_are_numbers_sort_as_such(train, ten_images, tmp_path):
    save_images(tmp_path / "own", ten_images, [10, 9] * 5)

    train(tmp_path / "own")

    assert load(tmp_path / "tiny.keras").classes_.tolist() == [9, 10]


def test_leading_zeros_are_part_of_a_label(train, ten_images, tmp_path):
    save_images(tmp_path / "own", ten_images, ["07", "7"] * 5)

    train(tmp_path / "own")

    assert load(tmp_path / "tiny.keras").classes_.tolist() == ["07", "7"]


def test_few_images_are_trained_on_without_validation(train, ten_images, tmp_path):
    save_images(tmp_path / "own", ten_images, [0, 1] * 5)

    code, stdout, stderr = train(tmp_path / "own")

    assert code == 0
    assert "Epochs run: 1, best epoch: 1\n" in stdout
    assert "Warning: 8 of the 10 pictures in" in stderr


def test_hidden_files_and_other_files_are_skipped(train, ten_images, tmp_path):
    folder = tmp_path / "own"
    save_images(folder, ten_images, [0, 1] * 5)
    save_image(folder / ".thumbnails" / "a.png", ten_images[0])
    save_image(folder / "0" / ".a.png", ten_images[0])
    save_image(folder / "0" / "drafts" / "a.png", ten_images[0])
    (folder / "0" / "notes.txt").touch()
    (folder / "README").touch()

    code, stdout, _ = train(folder)

    assert code == 0
    assert f"of the 10 pictures in {folder}" in stdout


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Return a folder with 60 photos of the digits 0 and 1, of mixed sizes."""
    folder = tmp_path_factory.mktemp("photos")
    save_photos(folder, np.flatnonzero(load_mnist().target < 2)[:60])
    return folder


def test_photos_are_trained_on_in_the_form_that_predict_gives_them(
    invoke, photos, tmp_path
):
    output = tmp_path / "photos.keras"
    args = ["train", "--data", photos, "--model", "mlp", "--epochs", "8"]

    code, stdout, _ = invoke(*args, "--output", output)
    _, answers, _ = invoke("predict", photos / "1", "--model", output)

    assert code == 0
    assert printed_accuracy(stdout) > 0.9
    assert load(output).image_shape_ == (28, 28)
    assert load(output).pixel_range_ == (0, 255)
    predicted = [line.split()[1] for line in answers.splitlines()]
    assert predicted.count("1") >= 0.9 * len(predicted)


def test_the_hint_at_the_end_repeats_raw(trained_on_own):
    done, path = trained_on_own

    assert done.stdout.endswith(f" predict --model {path} --raw IMAGE...\n")


def test_a_picture_that_cannot_be_normalised_is_named(invoke, ten_images, tmp_path):
    save_images(tmp_path / "own", ten_images, [0, 1] * 5)
    save_image(tmp_path / "own" / "1" / "z.png", np.zeros((60, 50), np.uint8))

    code, stdout, stderr = invoke("train", "--data", tmp_path / "own", *TINY)

    assert (code, stdout) == (1, "")
    assert re.search(r"own.1.z\.png' is blank", single_line(stderr))


def empty_class(folder, images):
    save_images(folder, images, [0, 1] * 5)
    (folder / "2").mkdir()
    return rf"{folder.as_posix()}/2 has no pictures"


def single_class(folder, images):
    save_images(folder, images, [0] * 10)
    return "only one subfolder"


def too_few(folder, images):
    save_images(folder, images, [0] * 6 + [1] * 4)
    return rf"{folder.as_posix()}/1 has too few pictures: 4\. Expected at least 5"


def no_subfolders(folder, images):
    save_image(folder / "a.png", images[0])
    return f"{folder.as_posix()}' has no subfolders"


def no_folder(folder, images):
    return f"There is no folder '{folder.as_posix()}'"


def no_image(folder, images):
    save_images(folder, images, [0, 1] * 5)
    (folder / "1" / "z.png").write_text("notes")
    return f"{folder.as_posix()}/1/z.png' is not an image"


def colour(folder, images):
    save_images(folder, images, [0, 1] * 5)
    save_image(folder / "1" / "z.png", np.full((8, 8, 3), [9, 6, 3], dtype=np.uint8))
    return f"{folder.as_posix()}/1/z.png' has colours"


def other_size(folder, images):
    save_images(folder, images, [0, 1] * 5)
    save_image(folder / "1" / "z.png", np.zeros((9, 7), dtype=np.uint8))
    return (
        rf"{folder.as_posix()}/1/z.png' has 7 x 9 pixels.*"
        f"{folder.as_posix()}/0/000.png' has 8 x 8"
    )


def too_faint(folder, images):
    save_images(folder, images // 16, [0, 1] * 5)
    return "too faint to be used with --raw: .* from 0 to 15"


def control_character(folder, images):
    name = "\x1b]0;title\x07"
    save_images(folder, images, [name, 1] * 5)
    return r"own/.x1b\]0;title.x07 has a control character .* Rename"


@pytest.mark.parametrize(
    "make_bad",
    [
        pytest.param(control_character, marks=NEEDS_ANY_FILE_NAME),
        no_folder,
        no_subfolders,
        empty_class,
        single_class,
        too_few,
        no_image,
        colour,
        other_size,
        too_faint,
    ],
)
def test_a_folder_that_cannot_be_trained_on_is_one_line(
    train, ten_images, tmp_path, make_bad
):
    told = make_bad(tmp_path / "own", ten_images)

    code, stdout, stderr = train(tmp_path / "own")

    assert (code, stdout) == (1, "")
    assert re.search(told, single_line(stderr).replace("\\", "/"))
    assert not (tmp_path / "tiny.checkpoint").exists()


def test_quick_samples_many_images(train, own_images, monkeypatch):
    monkeypatch.setitem(_recipes.QUICK_IMAGES, Model.MLP, 100)

    code, stdout, _ = train(own_images, "--quick")

    assert code == 0
    assert f"on 100 of the 600 pictures in {own_images}" in stdout
    assert f"Accuracy on 120 of the 600 pictures in {own_images}" in stdout


@pytest.mark.parametrize(
    ("n_images", "epochs"), [(60_000, 3), (100_000, 3), (30_000, 6), (500, 30)]
)
def test_few_images_get_more_epochs(n_images, epochs):
    parameters = parameters_for(Model.CNN, Recipe.STANDARD, n_images)

    assert parameters["epochs"] == epochs


def test_given_epochs_replace_those_of_the_recipe():
    parameters = parameters_for(Model.CNN, Recipe.STANDARD, 500, epochs=5)

    assert parameters["epochs"] == 5
