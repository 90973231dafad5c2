"""`digitclf predict`: the digits in pictures, and what cannot be read."""

import io
import json
import os
import re
import sys

import numpy as np
import pytest
from PIL import Image
from sklearn.pipeline import make_pipeline
from support.command_line import run, run_without, single_line
from support.image_folders import save_image
from support.phone_photos import save_photos
from support.posix import NEEDS_ANY_FILE_NAME

from digitclf.cli._stderr import complain, shown
from digitclf.datasets import load_mnist
from digitclf.preprocessing import DigitNormalizer


@pytest.fixture
def save(tmp_path):
    """Return a function that writes an image file in the format that its name says."""

    def write(image, name="digit.png"):
        save_image(tmp_path / name, image)
        return tmp_path / name

    return write


@pytest.fixture(scope="module")
def pretrained():
    from digitclf import load_pretrained

    return load_pretrained()


@pytest.fixture
def standard_input(monkeypatch):
    """Return a function that sets the bytes of standard input."""

    def set_bytes(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return set_bytes


def read_lines(stdout):
    """Return the digit and the probability that were printed for each file."""
    lines = [line.rsplit(maxsplit=2) for line in stdout.splitlines()]
    return {name: (int(digit), float(chance)) for name, digit, chance in lines}


def expected(clf, image):
    """Return the digit and the probability that the classifier predicts."""
    chances = clf.predict_proba(image[np.newaxis])[0]
    return int(clf.classes_[chances.argmax()]), pytest.approx(chances.max(), abs=6e-5)


def dark_on_light(image):
    """Return a picture of another size and polarity than MNIST's."""
    return 255 - np.kron(np.pad(image, ((3, 20), (9, 0))), np.ones((5, 5), np.uint8))


# Pictures


def test_ten_phone_photos_are_all_read(invoke, tmp_path):
    _, one_of_each = np.unique(load_mnist().target, return_index=True)
    save_photos(tmp_path, one_of_each)

    code, stdout, stderr = invoke("predict", tmp_path)

    assert (code, stderr) == (0, "")
    answers = [digit for digit, _ in read_lines(stdout).values()]
    assert answers == list(range(10))


def test_predict_prints_what_a_pipeline_predicts(invoke, save, pretrained, mnist_test):
    pipeline = make_pipeline(DigitNormalizer(), pretrained)
    picture = dark_on_light(mnist_test.images[0])
    path = save(picture, "seven of mine.png")

    code, stdout, stderr = invoke("predict", path)

    assert (code, stderr) == (0, "")
    assert read_lines(stdout) == {str(path): expected(pipeline, picture)}


def test_predict_with_another_model(
    invoke, save, model_file, trained_clf, pretrained, mnist_test
):
    path = save(mnist_test.images[4])

    code, stdout, stderr = invoke("predict", path, "--model", model_file)

    assert (code, stderr) == (0, "")
    answer = read_lines(stdout)[str(path)]
    assert answer == expected(trained_clf, mnist_test.images[4])
    assert answer != expected(pretrained, mnist_test.images[4])


def test_predict_prints_nothing_but_its_lines(save, pretrained, mnist_test):
    paths = [save(mnist_test.images[k], f"{k}.png") for k in range(3)]

    done = run("predict", *paths)

    assert (done.returncode, done.stderr) == (0, "")
    assert read_lines(done.stdout) == {
        str(path): expected(pretrained, mnist_test.images[k])
        for k, path in enumerate(paths)
    }


def test_predict_aligns_the_lines_of_several_images(invoke, save, mnist_test):
    short = save(mnist_test.images[0], "a.png")
    long = save(mnist_test.images[1], "a longer name.png")

    _, stdout, _ = invoke("predict", short, long)

    first, second = stdout.splitlines()
    assert len(first) == len(second)
    assert re.fullmatch(r".*a\.png +7  \d\.\d{4}", first)


def test_a_folder_stands_for_all_pictures_below_it_sorted(invoke, save, mnist_test):
    picture = dark_on_light(mnist_test.images[0])
    names = ["b.webp", "a.JPEG", "deep/er/z.tif", "deep/a.gif", "c.bmp"]
    paths = [save(picture, f"photos/{name}") for name in names]
    save(picture, "photos/.hidden.png")
    save(picture, "photos/.thumbnails/a.png")
    save(picture, "photos/notes.png").rename(paths[0].with_name("notes.txt"))

    code, stdout, stderr = invoke("predict", paths[0].parent)

    assert (code, stderr) == (0, "")
    assert list(read_lines(stdout)) == [str(path) for path in sorted(paths)]


def test_a_picture_from_standard_input(
    invoke, save, standard_input, pretrained, mnist_test
):
    standard_input(save(dark_on_light(mnist_test.images[0])).read_bytes())

    code, stdout, stderr = invoke("predict", "-", "--json")

    assert (code, stderr) == (0, "")
    (answer,) = json.loads(stdout)
    assert (answer["file"], answer["digit"]) == ("-", "7")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Standard input is empty"),
        (b"some text", "Standard input is not an image"),
    ],
)
def test_standard_input_without_a_picture(invoke, standard_input, content, told):
    standard_input(content)

    code, stdout, stderr = invoke("predict", "-")

    assert (code, stdout) == (1, "")
    assert single_line(stderr).startswith(f"Error: {told}")


def test_standard_input_is_read_up_to_a_limit(invoke, standard_input, monkeypatch):
    monkeypatch.setattr("digitclf.cli._pictures.MAX_BYTES", 1000)
    standard_input(bytes(2000))

    code, _, stderr = invoke("predict", "-")

    assert code == 1
    assert "Standard input has more than 1,000 bytes" in single_line(stderr)


# Answers


def test_json_has_an_object_per_picture(invoke, save, pretrained, mnist_test):
    paths = [save(mnist_test.images[k], f"{k}.png") for k in range(2)]

    code, stdout, stderr = invoke("predict", *paths, "--json")

    assert (code, stderr) == (0, "")
    answers = json.loads(stdout)
    assert [set(answer) for answer in answers] == [{"file", "digit", "probability"}] * 2
    for path, answer, image in zip(paths, answers, mnist_test.images, strict=False):
        digit, chance = expected(pretrained, image)
        assert (answer["file"], answer["digit"]) == (str(path), str(digit))
        assert answer["probability"] == chance


def test_json_without_a_picture_is_an_empty_array(invoke, tmp_path):
    code, stdout, stderr = invoke("predict", tmp_path / "missing.png", "--json")

    assert code == 1
    assert json.loads(stdout) == []
    assert "missing.png" in single_line(stderr)


def test_top_adds_the_most_probable_digits(invoke, save, pretrained, mnist_test):
    path = save(mnist_test.images[8])
    chances = pretrained.predict_proba(mnist_test.images[8:9])[0]
    best = np.argsort(-chances)[:3]

    _, stdout, _ = invoke("predict", path, "--top", "3")
    _, as_json, _ = invoke("predict", path, "--top", "3", "--json")

    cells = [str(path), str(best[0]), f"{chances[best[0]]:.4f}"]
    for digit in best:
        cells += [str(digit), f"{chances[digit]:.4f}"]
    assert stdout.split() == cells
    (answer,) = json.loads(as_json)
    assert [item["digit"] for item in answer["top"]] == [str(digit) for digit in best]
    assert [item["probability"] for item in answer["top"]] == pytest.approx(
        chances[best], abs=1e-5
    )


def test_top_is_at_most_all_classes(invoke, save, mnist_test):
    _, stdout, _ = invoke(
        "predict", save(mnist_test.images[0]), "--top", "99", "--json"
    )

    top = json.loads(stdout)[0]["top"]
    assert sorted(item["digit"] for item in top) == list("0123456789")
    assert sum(item["probability"] for item in top) == pytest.approx(1, abs=1e-4)


def test_what_is_doubtful_is_marked(invoke, save, pretrained, mnist_test):
    path = save(mnist_test.images[8])
    digit, chance = expected(pretrained, mnist_test.images[8])
    above, below = (str(chance.expected + delta) for delta in (0.001, -0.001))

    _, doubtful, _ = invoke("predict", path, "--min-probability", above)
    _, sure, _ = invoke("predict", path, "--min-probability", below)
    code, as_json, _ = invoke(
        "predict", path, "--min-probability", above, "--json", "--top", "1"
    )

    assert doubtful.split()[1:] == ["?", f"{chance.expected:.4f}"]
    assert sure.split()[1] == str(digit)
    (answer,) = json.loads(as_json)
    assert code == 0
    assert answer["digit"] is None
    assert answer["probability"] == chance
    assert answer["top"][0]["digit"] == str(digit)


def test_plot_shows_picture_image_and_probabilities(
    invoke, save, tmp_path, monkeypatch, mnist_test
):
    figures = []
    monkeypatch.setattr(
        "digitclf.cli._prediction_plot.save_figure",
        lambda figure, path: figures.append((figure, path)),
    )
    pictures = [dark_on_light(mnist_test.images[k]) for k in range(2)]
    paths = [save(picture, f"{k}.png") for k, picture in enumerate(pictures)]

    code, stdout, stderr = invoke("predict", *paths, "--plot", tmp_path / "plot.png")

    assert code == 0
    assert list(read_lines(stdout)) == [str(path) for path in paths]
    assert single_line(stderr) == f"Plot saved to {tmp_path / 'plot.png'}"
    ((figure, path),) = figures
    assert path == tmp_path / "plot.png"
    axes = np.array(figure.axes).reshape(2, 3)
    for row, picture in zip(axes, pictures, strict=True):
        np.testing.assert_array_equal(row[0].images[0].get_array(), picture)
        normalised = DigitNormalizer().transform([picture]).reshape(28, 28)
        np.testing.assert_array_equal(row[1].images[0].get_array(), normalised)
        assert len(row[2].patches) == 10
    assert [row[0].get_title() for row in axes] == ["0.png", "1.png"]


@pytest.mark.filterwarnings("error:Glyph")
def test_a_plot_has_a_limited_number_of_pictures(
    invoke, save, tmp_path, monkeypatch, mnist_test
):
    monkeypatch.setattr("digitclf.cli._predict.MAX_PLOTTED", 1)
    plot = tmp_path / "plot.png"
    for k, name in enumerate(["글", "눈", "말"]):  # the font has no Korean letters
        save(mnist_test.images[k], f"pictures/{name}.png")

    code, stdout, stderr = invoke("predict", tmp_path / "pictures", "--plot", plot)

    assert code == 0
    assert len(read_lines(stdout)) == 3
    assert stderr.splitlines() == [
        "The plot shows the first 1 of 3 pictures.",
        f"Plot saved to {plot}",
    ]
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_plots_without_matplotlib_are_refused_at_once(invoke, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    code, stdout, stderr = invoke("predict", "a.png", "--plot", tmp_path / "b.png")

    assert (code, stdout) == (1, "")
    assert 'pip install "digitclf[plot]"' in single_line(stderr)


# Pictures as they are


def test_raw_images_are_not_changed(invoke, save, pretrained, mnist_test):
    shifted = np.roll(mnist_test.images[8], 4, axis=1)
    path = save(shifted)

    code, stdout, stderr = invoke("predict", "--raw", path)

    assert (code, stderr) == (0, "")
    assert read_lines(stdout) == {str(path): expected(pretrained, shifted)}
    centred = DigitNormalizer().transform([shifted])
    assert expected(pretrained, shifted) != expected(pretrained, centred[0])


def test_raw_jpeg(invoke, save, mnist_test):
    path = save(mnist_test.images[0], "seven.jpg")

    code, stdout, stderr = invoke("predict", "--raw", path)

    assert (code, stderr) == (0, "")
    assert read_lines(stdout)[str(path)][0] == mnist_test.target[0]


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_raw_grey_image_in_more_channels_is_read_as_grey(
    invoke, save, pretrained, mnist_test, channels
):
    grey = mnist_test.images[3]
    opaque = [np.full_like(grey, 255)] if channels % 2 == 0 else []
    path = save(np.dstack([grey] * (channels - len(opaque)) + opaque))

    code, stdout, _ = invoke("predict", "--raw", path)

    assert code == 0
    assert read_lines(stdout) == {str(path): expected(pretrained, grey)}


def test_a_raw_image_that_is_faint_warns_and_names_the_file(invoke, save, mnist_test):
    path = save(mnist_test.images[0] // 16)

    code, _, stderr = invoke("predict", "--raw", path)

    assert code == 0
    assert single_line(stderr).startswith(f"Warning: {path} is faint or empty")


BAD_IMAGES = {
    "size.png": (
        np.zeros((30, 32), np.uint8),
        r"32 x 30 pixels \(width x height\).* 28 x 28\. Leave out --raw",
    ),
    "colour.png": (np.full((28, 28, 3), [90, 60, 30], np.uint8), "has colours"),
    "transparent.png": (np.zeros((28, 28, 4), np.uint8), "partly transparent"),
    "deep.png": (np.zeros((28, 28), np.uint16), "more than 8 bits per pixel"),
}


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_a_raw_image_that_does_not_fit_is_named_and_the_others_are_read(
    invoke, save, mnist_test, name
):
    image, told = BAD_IMAGES[name]
    bad, good = save(image, name), save(mnist_test.images[0])

    code, stdout, stderr = invoke("predict", "--raw", bad, good)

    assert code == 1
    assert list(read_lines(stdout)) == [str(good)]
    assert str(bad) in single_line(stderr)
    assert re.search(told, stderr)


def test_a_model_of_other_images_than_normalised_ones_needs_raw(
    invoke, save, trained_on_own, few_digits, mnist_test
):
    model = ["--model", trained_on_own[1]]
    small = (few_digits.X_test[0].reshape(8, 8) * 15).astype(np.uint8)

    code, stdout, stderr = invoke("predict", *model, save(mnist_test.images[0]))
    raw_code, raw_stdout, _ = invoke("predict", *model, "--raw", save(small))

    assert (code, stdout) == (1, "")
    assert "expects 8 x 8 pixels" in single_line(stderr)
    assert "Use --raw with pictures of 8 x 8 pixels" in stderr
    assert raw_code == 0
    assert len(read_lines(raw_stdout)) == 1


# Errors


def blank(path):
    Image.new("RGB", (60, 40), "white").save(path)
    return "is blank"


def text(path):
    path.write_text("some text")
    return "is not an image"


def truncated(path):
    Image.effect_noise((90, 90), 80).save(path)
    path.write_bytes(path.read_bytes()[:-2000])
    return "is truncated or damaged"


def huge(path):
    Image.new("1", (10_000, 10_000)).save(path)
    return "more than the 80,000,000 that are accepted"


def pipe(path):
    os.mkfifo(path)
    return "is not a regular file but a pipe"


def folder_without_pictures(path):
    path.mkdir()
    (path / "notes.txt").touch()
    return "has no pictures. Expected files that end in .apng, .bmp"


def missing(path):
    return "No such file or directory"


@pytest.mark.parametrize(
    "make_bad",
    [
        blank,
        text,
        truncated,
        huge,
        pytest.param(
            pipe,
            marks=pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes"),
        ),
        folder_without_pictures,
        missing,
    ],
)
def test_what_cannot_be_read_is_a_line_that_names_it_and_the_others_are_read(
    invoke, save, tmp_path, mnist_test, make_bad
):
    told = make_bad(tmp_path / "bad.png")
    good = save(mnist_test.images[0])

    code, stdout, stderr = invoke("predict", tmp_path / "bad.png", good)

    assert code == 1
    assert list(read_lines(stdout)) == [str(good)]
    assert single_line(stderr).startswith("Error: ")
    assert str(tmp_path / "bad.png") in stderr
    assert told in stderr


def test_bad_pictures_are_errors_before_tensorflow_is_imported(tmp_path):
    missing, notes, white = (tmp_path / f"{name}.png" for name in ("a", "b", "c"))
    notes.write_text("notes")
    blank(white)

    done = run_without(["tensorflow", "keras"], "predict", missing, tmp_path, code=1)

    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    lines = done.stderr.splitlines()
    assert lines[0] == f"Error: {missing}: No such file or directory"
    assert lines[1].startswith(f"Error: '{notes}' is not an image")
    assert lines[2].startswith(f"Error: '{white}' is blank")


def test_a_model_file_as_picture_is_wrong_usage(invoke, save, model_file, mnist_test):
    path = save(mnist_test.images[0])

    code, stdout, stderr = invoke("predict", model_file, path)

    assert (code, stdout) == (2, "")
    assert f"Pass it with --model {model_file}" in single_line(stderr)


def test_a_missing_model_file_is_named(invoke, tmp_path):
    path = tmp_path / "missing.keras"

    code, stdout, stderr = invoke("predict", "--model", path, "digit.png")

    assert (code, stdout) == (1, "")
    assert stderr == f"Error: There is no model file {path}\n"


def test_a_folder_as_model_file_is_called_a_folder(invoke, tmp_path):
    code, stdout, stderr = invoke("predict", "--model", tmp_path, "digit.png")

    assert (code, stdout) == (1, "")
    assert stderr == f"Error: {tmp_path} is a folder, expected a model file.\n"


def test_a_text_file_as_model_is_an_error_before_tensorflow_is_imported(tmp_path):
    path = tmp_path / "notes.keras"
    path.write_text("notes")

    done = run_without(["tensorflow"], "predict", "digit.png", "--model", path, code=1)

    assert (done.returncode, done.stdout) == (0, "")
    assert f"'{path}' is not a model file" in single_line(done.stderr)


def fit_and_save(X, y, path):
    from digitclf import MLPDigitClassifier, save_model

    clf = MLPDigitClassifier(
        hidden_layer_sizes=(32,), epochs=3, batch_size=25, random_state=0
    )
    save_model(clf.fit(X, y), path)
    return clf


def test_a_model_of_pixels_from_0_to_1_gets_them(invoke, save, mnist, tmp_path):
    clf = fit_and_save(mnist.X_train / 255, mnist.y_train, tmp_path / "m.keras")
    image = mnist.X_test[0].reshape(28, 28)

    code, stdout, stderr = invoke(
        "predict", "--model", tmp_path / "m.keras", save(image)
    )

    assert (code, stderr) == (0, "")
    assert list(read_lines(stdout).values()) == [expected(clf, image / 255)]


def test_a_model_of_standardised_pixels_is_refused(invoke, save, mnist, tmp_path):
    X = (mnist.X_train - mnist.X_train.mean()) / mnist.X_train.std()
    fit_and_save(X, mnist.y_train, tmp_path / "m.keras")

    code, stdout, stderr = invoke(
        "predict",
        "--model",
        tmp_path / "m.keras",
        save(mnist.X_test[0].reshape(28, 28)),
    )

    assert (code, stdout) == (1, "")
    assert "pixel_range_" in single_line(stderr)


TITLE = "\x1b]0;title\x07"
"""Sets the title of a terminal."""
RED_DIGITS = np.array([f"\x1b[31m{digit}" for digit in range(10)])


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_control_characters_of_labels_are_escaped(
    command, invoke, save, mnist, tmp_path
):
    fit_and_save(mnist.X_train, RED_DIGITS[mnist.y_train], tmp_path / "m.keras")
    path = save(mnist.X_test[0].reshape(28, 28), "own/red/digit.png")
    arguments = {
        "predict": [path, "--model", tmp_path / "m.keras"],
        "evaluate": [tmp_path / "m.keras", "--data", tmp_path / "own"],
    }[command]

    _, stdout, stderr = invoke(command, *arguments)

    assert "\x1b" not in stdout + stderr
    assert "\\x1b[31m" in stdout + stderr


@NEEDS_ANY_FILE_NAME
@pytest.mark.parametrize("content", [b"no image", b"\x89PNG\r\n\x1a\n broken", None])
def test_control_characters_of_file_names_are_escaped(content, invoke, tmp_path):
    path = tmp_path / f"{TITLE}.png"
    if content is not None:
        path.write_bytes(content)

    code, stdout, stderr = invoke("predict", path)

    assert code != 0
    assert "\x1b" not in stdout + stderr
    assert "\\x1b]0;title\\x07.png" in single_line(stderr)


def test_messages_are_escaped(capsys):
    complain(f"Error: Keras says\n{TITLE} \u202e \u3042")

    assert capsys.readouterr().err == (
        "Error: Keras says \\x1b]0;title\\x07 \\u202e \u3042\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain é あ", "plain é あ"),
        (3.0, "3.0"),
        (np.int64(7), "7"),
        ("\x9b31m", "\\x9b31m"),
        ("a\nb\tc", "a\\x0ab\\x09c"),
        ("\u2028", "\\u2028"),
    ],
)
def test_text_is_shown_in_printable_characters(text, expected):
    assert shown(text) == expected
