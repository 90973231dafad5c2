"""`digitclf predict`: the digits in images, and files that cannot be read."""

import re

import numpy as np
import pytest
from support.command_line import run, run_without, single_line
from support.posix import NEEDS_ANY_FILE_NAME

from digitclf.cli._stderr import complain, shown


@pytest.fixture
def save(tmp_path):
    """Return a function that writes an image file in the form that its name says."""
    import tensorflow as tf

    encoders = {
        ".png": tf.io.encode_png,
        ".jpg": lambda image: tf.io.encode_jpeg(image, quality=100),
    }

    def write(image, name="digit.png"):
        path = tmp_path / name
        image = np.atleast_3d(image)
        path.write_bytes(encoders[path.suffix](image).numpy())
        return path

    return write


def read_lines(stdout):
    """Return the digit and the probability that were printed for each file."""
    lines = [line.rsplit(maxsplit=2) for line in stdout.splitlines()]
    return {name: (int(digit), float(chance)) for name, digit, chance in lines}


def expected(clf, image):
    """Return the digit and the probability that the classifier predicts."""
    chances = clf.predict_proba(image[np.newaxis])[0]
    return int(clf.classes_[chances.argmax()]), pytest.approx(chances.max(), abs=6e-5)


def test_predict_prints_what_the_library_predicts(
    invoke, save, model_file, trained_clf, mnist_test
):
    path = save(mnist_test.images[0], "seven of mine.png")

    code, stdout, stderr = invoke("predict", model_file, path)

    assert (code, stderr) == (0, "")
    assert read_lines(stdout) == {
        str(path): expected(trained_clf, mnist_test.images[0])
    }


def test_predict_reads_a_jpeg(invoke, save, model_file, mnist_test):
    path = save(mnist_test.images[0], "seven.jpg")

    code, stdout, stderr = invoke("predict", model_file, path)

    assert (code, stderr) == (0, "")
    assert read_lines(stdout)[str(path)][0] == mnist_test.target[0]


def test_predict_prints_nothing_but_its_lines(
    save, model_file, trained_clf, mnist_test
):
    paths = [save(mnist_test.images[k], f"{k}.png") for k in range(3)]

    done = run("predict", model_file, *paths)

    assert (done.returncode, done.stderr) == (0, "")
    assert read_lines(done.stdout) == {
        str(path): expected(trained_clf, mnist_test.images[k])
        for k, path in enumerate(paths)
    }


def test_predict_aligns_the_lines_of_several_images(
    invoke, save, model_file, mnist_test
):
    short = save(mnist_test.images[0], "a.png")
    long = save(mnist_test.images[1], "a longer name.png")

    _, stdout, _ = invoke("predict", model_file, short, long)

    first, second = stdout.splitlines()
    assert len(first) == len(second)
    assert re.fullmatch(r".*a\.png +7  \d\.\d{4}", first)


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_grey_image_in_more_channels_is_read_as_grey(
    invoke, save, model_file, trained_clf, mnist_test, channels
):
    grey = mnist_test.images[3]
    opaque = [np.full_like(grey, 255)] if channels % 2 == 0 else []
    path = save(np.dstack([grey] * (channels - len(opaque)) + opaque))

    code, stdout, _ = invoke("predict", model_file, path)

    assert code == 0
    assert read_lines(stdout) == {str(path): expected(trained_clf, grey)}


def test_dark_ink_on_light_paper_warns_of_it(invoke, save, model_file, mnist_test):
    path = save(255 - mnist_test.images[0])

    code, stdout, stderr = invoke("predict", model_file, path)

    assert code == 0
    assert str(path) in stdout
    assert single_line(stderr).startswith(f"Warning: {path}: the image is mostly light")
    assert "--invert" in stderr


def test_invert_reads_dark_ink_on_light_paper(
    invoke, save, model_file, trained_clf, mnist_test
):
    path = save(255 - mnist_test.images[0])

    code, stdout, stderr = invoke("predict", "--invert", model_file, path)

    assert (code, stderr) == (0, "")
    assert read_lines(stdout) == {
        str(path): expected(trained_clf, mnist_test.images[0])
    }


def test_invert_of_an_image_like_those_of_mnist_warns_of_it(
    invoke, save, model_file, mnist_test
):
    path = save(mnist_test.images[0])

    _, _, stderr = invoke("predict", "--invert", model_file, path)

    assert "Leave out --invert" in single_line(stderr)


def test_a_faint_image_warns_and_names_the_file(invoke, save, model_file, mnist_test):
    path = save(mnist_test.images[0] // 16)

    code, _, stderr = invoke("predict", model_file, path)

    assert code == 0
    assert single_line(stderr).startswith(f"Warning: {path}: X has values from 0 to 15")


BAD_IMAGES = {
    "size.png": (np.zeros((30, 32)), r"32 x 30 pixels \(width x height\).* 28 x 28"),
    "colour.png": (np.full((28, 28, 3), [90, 60, 30]), "colour image.*Convert it"),
    "transparent.png": (np.zeros((28, 28, 4)), "transparent.*black background"),
}


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_an_image_that_does_not_fit_is_named_and_the_others_are_read(
    invoke, save, model_file, mnist_test, name
):
    image, told = BAD_IMAGES[name]
    bad, good = save(image.astype(np.uint8), name), save(mnist_test.images[0])

    code, stdout, stderr = invoke("predict", model_file, bad, good)

    assert code == 1
    assert list(read_lines(stdout)) == [str(good)]
    assert single_line(stderr).startswith(f"Error: {bad}: ")
    assert re.search(told, stderr)


@pytest.mark.parametrize("content", [b"", b"some text", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_not_an_image_is_named(invoke, model_file, tmp_path, content):
    path = tmp_path / "notes.png"
    path.write_bytes(content)

    code, stdout, stderr = invoke("predict", model_file, path)

    assert (code, stdout) == (1, "")
    assert single_line(stderr).startswith(f"Error: {path}: not a readable image")


def test_bad_images_are_errors_before_tensorflow_is_imported(model_file, tmp_path):
    missing, notes = tmp_path / "missing.png", tmp_path / "notes.png"
    notes.write_text("notes")

    done = run_without(["tensorflow"], "predict", model_file, missing, notes, code=1)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        f"Error: {missing}: No such file or directory",
        f"Error: {notes}: not a readable image. Expected PNG, JPEG, BMP or GIF.",
    ]


def test_a_missing_model_file_is_named(invoke, tmp_path):
    path = tmp_path / "missing.keras"

    code, stdout, stderr = invoke("predict", path, "digit.png")

    assert (code, stdout) == (1, "")
    assert stderr == f"Error: There is no model file {path}\n"


def test_a_folder_as_model_file_is_called_a_folder(invoke, tmp_path):
    code, stdout, stderr = invoke("predict", tmp_path, "digit.png")

    assert (code, stdout) == (1, "")
    assert stderr == f"Error: {tmp_path} is a folder, expected a model file.\n"


def test_a_text_file_as_model_is_an_error_before_tensorflow_is_imported(tmp_path):
    path = tmp_path / "notes.keras"
    path.write_text("notes")

    done = run_without(["tensorflow"], "predict", path, "digit.png", code=1)

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

    code, stdout, stderr = invoke("predict", tmp_path / "m.keras", save(image))

    assert (code, stderr) == (0, "")
    assert list(read_lines(stdout).values()) == [expected(clf, image / 255)]


def test_a_model_of_standardised_pixels_is_refused(invoke, save, mnist, tmp_path):
    X = (mnist.X_train - mnist.X_train.mean()) / mnist.X_train.std()
    fit_and_save(X, mnist.y_train, tmp_path / "m.keras")

    code, stdout, stderr = invoke(
        "predict", tmp_path / "m.keras", save(mnist.X_test[0].reshape(28, 28))
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
    save(mnist.X_test[0].reshape(28, 28))
    (tmp_path / "red").mkdir()
    (tmp_path / "digit.png").rename(tmp_path / "red" / "digit.png")
    subject = {"predict": [tmp_path / "red" / "digit.png"], "evaluate": []}[command]
    data = {"predict": [], "evaluate": ["--data", tmp_path]}[command]

    _, stdout, stderr = invoke(command, tmp_path / "m.keras", *subject, *data)

    assert "\x1b" not in stdout + stderr
    assert "\\x1b[31m" in stdout + stderr


@NEEDS_ANY_FILE_NAME
@pytest.mark.parametrize("content", [b"no image", b"\x89PNG\r\n\x1a\n broken", None])
def test_control_characters_of_file_names_are_escaped(
    content, invoke, model_file, tmp_path
):
    path = tmp_path / f"{TITLE}.png"
    if content is not None:
        path.write_bytes(content)

    code, stdout, stderr = invoke("predict", model_file, path)

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
