"""`digitclf evaluate`: a model tested on MNIST or on the user's own images."""

import re

import numpy as np
import pytest
from support.classifiers import quick_mlp
from support.command_line import run_without, single_line
from support.image_folders import as_grey_levels, save_images
from support.phone_photos import save_photos

from digitclf.cli._evaluate import report


@pytest.fixture(scope="module")
def other_images(few_digits, tmp_path_factory):
    """Return a folder with 8 x 8 digits that the model was not trained on."""
    folder = tmp_path_factory.mktemp("other")
    save_images(folder, as_grey_levels(few_digits.X_test), few_digits.y_test)
    return folder


def printed_report(stdout):
    """Return the accuracy, the number of errors and the table of a report."""
    accuracy, wrong = re.search(r": ([01]\.\d{4}) \((\d+) wrong\)", stdout).groups()
    rows = re.findall(r"^\d(?: +(?:\d+|\.)){10}$", stdout, re.MULTILINE)
    return float(accuracy), int(wrong), rows


def test_evaluate_reports_what_train_reported(invoke, trained):
    done, path = trained

    code, stdout, stderr = invoke("evaluate", path)

    assert (code, stderr) == (0, "")
    assert stdout.startswith("Accuracy on the 10,000 test images of MNIST: 0.9")
    assert printed_report(stdout) == printed_report(done.stdout)


def test_evaluate_tests_the_pretrained_model_on_photos_of_mixed_sizes_and_colours(
    invoke, tmp_path
):
    save_photos(tmp_path, range(30))

    code, stdout, stderr = invoke("evaluate", "--data", tmp_path)

    assert (code, stderr) == (0, "")
    assert f"Accuracy on the 30 pictures in {tmp_path}: " in stdout
    assert printed_report(stdout)[0] >= 28 / 30


def test_evaluate_uses_raw_images_as_they_are(
    invoke, trained_on_own, other_images, few_digits
):
    from digitclf import load_model

    clf = load_model(trained_on_own[1])

    code, stdout, stderr = invoke(
        "evaluate", trained_on_own[1], "--raw", "--data", other_images
    )

    assert (code, stderr) == (0, "")
    assert f"Accuracy on the 500 pictures in {other_images}: " in stdout
    accuracy, wrong, rows = printed_report(stdout)
    score = clf.score(as_grey_levels(few_digits.X_test), few_digits.y_test)
    assert accuracy == pytest.approx(score, abs=6e-5)
    assert wrong == round(500 * (1 - score))
    assert len(rows) == 10


def test_a_model_of_other_images_than_normalised_ones_needs_raw(
    invoke, trained_on_own, other_images
):
    code, stdout, stderr = invoke("evaluate", trained_on_own[1], "--data", other_images)

    assert (code, stdout) == (1, "")
    assert "Use --raw with pictures of 8 x 8 pixels" in single_line(stderr)


def test_folders_are_named_as_the_labels_of_the_model_are_written(
    invoke, few_digits, other_images, tmp_path
):
    from digitclf import MLPDigitClassifier, save_model

    X, y = as_grey_levels(few_digits.X_train), few_digits.y_train.astype(str)
    clf = MLPDigitClassifier(epochs=3, batch_size=25, random_state=0).fit(X, y)
    save_model(clf, tmp_path / "text.keras")

    code, stdout, _ = invoke(
        "evaluate", tmp_path / "text.keras", "--raw", "--data", other_images
    )

    assert code == 0
    assert printed_report(stdout)[0] > 0.8


def test_a_model_of_other_pixels_gets_what_it_was_fitted_on(
    invoke, few_digits, other_images, tmp_path
):
    from digitclf import MLPDigitClassifier, save_model

    clf = MLPDigitClassifier(epochs=3, batch_size=25, random_state=0)
    save_model(clf.fit(few_digits.X_train, few_digits.y_train), tmp_path / "m.keras")

    code, stdout, stderr = invoke(
        "evaluate", tmp_path / "m.keras", "--raw", "--data", other_images
    )

    assert (code, stderr) == (0, "")
    assert printed_report(stdout)[0] > 0.8


def test_a_model_of_grey_levels_gets_them_as_they_are(invoke, few_digits, tmp_path):
    from digitclf import MLPDigitClassifier, save_model

    X, y = as_grey_levels(few_digits.X_train) // 2 + 10, few_digits.y_train
    save_images(tmp_path / "grey", X, y)
    clf = MLPDigitClassifier(epochs=1, batch_size=25, random_state=0).fit(X, y)
    save_model(clf, tmp_path / "m.keras")

    _, stdout, _ = invoke(
        "evaluate", tmp_path / "m.keras", "--raw", "--data", tmp_path / "grey"
    )

    assert clf.pixel_range_ == (0, 137)
    assert printed_report(stdout)[0] == pytest.approx(clf.score(X, y), abs=6e-5)


def test_images_of_another_size_are_an_error(invoke, trained_on_own):
    code, stdout, stderr = invoke("evaluate", trained_on_own[1])

    assert (code, stdout) == (1, "")
    assert "MNIST have 28 x 28 pixels" in single_line(stderr)
    assert "the model expects 8 x 8" in stderr


def test_labels_that_the_model_does_not_know_are_an_error(
    invoke, trained_on_own, few_digits, tmp_path
):
    save_images(tmp_path, as_grey_levels(few_digits.X_test[:3]), ["0", "ten", "a"])

    code, stdout, stderr = invoke(
        "evaluate", trained_on_own[1], "--raw", "--data", tmp_path
    )

    assert (code, stdout) == (1, "")
    assert "does not know: a, ten. It knows 0, 1, 2" in single_line(stderr)


@pytest.mark.parametrize(
    ("name", "told"), [("x", "There is no folder"), ("y", "z.png' is not an image")]
)
def test_a_bad_folder_is_an_error_before_tensorflow_is_imported(
    model_file, tmp_path, name, told
):
    (tmp_path / "y" / "1").mkdir(parents=True)
    (tmp_path / "y" / "1" / "z.png").write_text("notes")

    done = run_without(
        ["tensorflow"], "evaluate", model_file, "--data", tmp_path / name, code=1
    )

    assert (done.returncode, done.stdout) == (0, "")
    assert told in single_line(done.stderr)


def test_a_missing_model_is_named(invoke, tmp_path):
    code, stdout, stderr = invoke("evaluate", tmp_path / "missing.keras")

    assert (code, stdout) == (1, "")
    assert stderr == f"Error: There is no model file {tmp_path / 'missing.keras'}\n"


def test_a_damaged_model_is_an_error_of_one_line(invoke, model_file, tmp_path):
    damaged = tmp_path / "damaged.keras"
    content = bytearray(model_file.read_bytes())
    content[100:5000] = bytes(4900)  # still an archive, as its end is intact
    damaged.write_bytes(content)

    code, stdout, stderr = invoke("evaluate", damaged)

    assert (code, stdout) == (1, "")
    assert str(damaged) in single_line(stderr)


def test_labels_that_are_whole_floats_are_named_like_folders(
    invoke, other_images, few_digits, tmp_path
):
    from digitclf import save_model

    X, y = as_grey_levels(few_digits.X_train), few_digits.y_train.astype(float)
    clf = quick_mlp(epochs=10).fit(X, y)
    save_model(clf, tmp_path / "floats.keras")

    code, stdout, stderr = invoke(
        "evaluate", tmp_path / "floats.keras", "--raw", "--data", other_images
    )

    assert (code, stderr) == (0, "")
    accuracy = clf.score(as_grey_levels(few_digits.X_test), few_digits.y_test)
    assert f": {accuracy:.4f} (" in stdout


def test_many_classes_keep_their_labels_in_the_table(capsys):
    classes = np.arange(120)

    report(classes, classes, classes, "some images")

    lines = capsys.readouterr().out.splitlines()
    header, rows = lines[-121], lines[-120:]
    labels = [str(label) for label in classes]
    assert header.split() == labels
    assert [row.split()[0] for row in rows] == labels


def test_control_characters_of_a_label_do_not_reach_the_terminal(capsys):
    labels = np.array(["\x1b[31mred", "a\nb"])

    report(labels, labels, labels, "some images")

    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\\x1b[31mred" in out
    assert "a\\x0ab" in out
