"""The command line, as a person or a script uses it."""

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from digitclf.cli import app
from digitclf.datasets import load_mnist

CONTROL_CHARACTERS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")

QUICK = ["train", "--quick", "--epochs", "1", "--model", "mlp"]


def command(*args):
    return [sys.executable, "-m", "digitclf", *map(str, args)]


def plain_environment():
    """Return the environment without what forces colours on a pipe."""
    forcing = {"FORCE_COLOR", "PY_COLORS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}
    return {name: os.environ[name] for name in os.environ if name not in forcing}


def run(*args, **kwargs):
    """Run the program in a process of its own, with pipes for its output."""
    return subprocess.run(
        command(*args),
        capture_output=True,
        encoding="utf-8",
        env=plain_environment(),
        timeout=300,
        check=False,
        **kwargs,
    )


def start(*args):
    """Start the program so that it hears Ctrl-C, even where the tests ignore it."""
    return subprocess.Popen(
        command(*args),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=plain_environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@pytest.fixture
def invoke(capsys):
    """Return a function that runs the program here: exit code, stdout and stderr."""

    def run_here(*args):
        with pytest.raises(SystemExit) as exit_:
            app([str(arg) for arg in args], prog_name="digitclf")
        return exit_.value.code, *capsys.readouterr()

    return run_here


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return a finished run of `digitclf train` and the model that it saved."""
    path = tmp_path_factory.mktemp("trained") / "new" / "folder" / "digits.keras"
    done = run(*QUICK, "--output", path)
    assert done.returncode == 0, done.stderr
    return done, path


@pytest.fixture(scope="module")
def model_file(trained):
    return trained[1]


@pytest.fixture(scope="module")
def clf(model_file):
    from digitclf import load_model

    return load_model(model_file)


@pytest.fixture(scope="module")
def mnist_test():
    return load_mnist(subset="test")


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
    """Return what the library itself makes of an image, as the program prints it."""
    chances = clf.predict_proba(image[np.newaxis])[0]
    return int(clf.classes_[chances.argmax()]), pytest.approx(chances.max(), abs=6e-5)


def single_line(text):
    lines = text.splitlines()
    assert len(lines) == 1, text
    return lines[0]


# Before anything is imported


@pytest.mark.parametrize(
    "args",
    [["--help"], ["train", "--help"], ["predict", "--help"], ["--version"]],
    ids=" ".join,
)
def test_help_and_version_import_nothing_heavy(args):
    check = (
        "import sys\n"
        "from digitclf.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as exit:\n"
        "    assert exit.code == 0, exit.code\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'pandas', 'numpy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", check, *args],
        capture_output=True,
        encoding="utf-8",
        env=plain_environment(),
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert not CONTROL_CHARACTERS.search(done.stdout)


def test_version_is_that_of_the_package(invoke):
    import digitclf

    assert invoke("--version") == (0, f"digitclf {digitclf.__version__}\n", "")


def test_help_names_every_option_of_train(invoke):
    code, stdout, _ = invoke("train", "--help")

    assert code == 0
    for option in ("--model", "--epochs", "--quick", "--output", "--seed"):
        assert option in stdout


def test_no_command_shows_the_help_as_wrong_usage(invoke):
    code, stdout, stderr = invoke()

    assert (code, stdout) == (2, "")
    assert "train" in stderr
    assert "predict" in stderr


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["learn"], "learn"),
        (["--fast"], "--fast"),
        (["train", "--model", "svm"], "svm"),
        (["train", "--epochs", "0"], "'--epochs'"),
        (["train", "--epochs", "few"], "'--epochs'"),
        (["train", "--seed", "-1"], "'--seed'"),
        (["train", "--output", "model.h5"], "ends in '.keras', got 'model.h5'"),
        (["predict"], "MODEL"),
        (["predict", "model.keras"], "IMAGE"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_one_line_and_exit_code_2(invoke, args, told):
    code, stdout, stderr = invoke(*args)

    assert (code, stdout) == (2, "")
    assert single_line(stderr).startswith("Error: ")
    assert told in stderr
    assert "--help" in stderr


def test_output_that_is_a_folder_is_wrong_usage(invoke, tmp_path):
    folder = tmp_path / "model.keras"
    folder.mkdir()

    code, _, stderr = invoke("train", "--output", folder)

    assert code == 2
    assert "is a directory" in single_line(stderr)


def test_output_that_cannot_be_written_is_found_before_training(invoke, tmp_path):
    (tmp_path / "file").touch()

    code, stdout, stderr = invoke("train", "--output", tmp_path / "file" / "m.keras")

    assert (code, stdout) == (1, "")
    assert "--output: files cannot be written" in single_line(stderr)


# Training


def test_train_saves_the_model_whose_accuracy_it_prints(trained, clf, mnist_test):
    printed = float(
        re.search(r"10,000 test images.*: (0\.\d{4})", trained[0].stdout)[1]
    )

    assert printed > 0.95
    assert printed == pytest.approx(clf.score(mnist_test.data, mnist_test.target))


def test_train_prints_the_confusion_of_all_test_images(trained, clf, mnist_test):
    rows = re.findall(r"^\d((?: +(?:\d+|\.)){10})$", trained[0].stdout, re.MULTILINE)
    printed = np.array([row.replace(".", "0").split() for row in rows], dtype=int)

    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (mnist_test.target, clf.predict(mnist_test.data)), 1)
    np.testing.assert_array_equal(printed, counts)


def test_train_says_what_it_did(trained):
    done, path = trained

    assert "MLPDigitClassifier on the 60,000 training images" in done.stdout
    assert "(seed 0)" in done.stdout
    assert "Epochs run: 1; the best: 1 (val_loss 0." in done.stdout
    assert f"The model is saved in {path}\n" in done.stdout


def test_piped_training_prints_a_plain_line_an_epoch_and_nothing_else(trained):
    done, _ = trained

    line = single_line(done.stderr)
    assert line.startswith("Epoch 1/1 ")
    assert " loss: 0." in line
    assert " val_loss: 0." in line
    assert not CONTROL_CHARACTERS.search(done.stderr + done.stdout)


def test_train_leaves_the_model_alone_in_its_folder(model_file):
    assert os.listdir(model_file.parent) == [model_file.name]


def test_saved_parameters_hold_nothing_of_the_run(clf):
    assert clf.get_params()["checkpoint"] is None
    assert clf.get_params()["callbacks"] is None
    assert clf.get_params()["verbose"] == 0
    assert clf.get_params()["random_state"] == 0


def test_ctrl_c_keeps_the_best_epoch_and_says_where(tmp_path):
    from digitclf import load_model

    earlier = tmp_path / "digits.checkpoint" / "best.keras"
    earlier.parent.mkdir()
    earlier.write_text("left by a run that was killed")
    kept = tmp_path / "digits.checkpoint-2" / "best.keras"
    output = tmp_path / "digits.keras"

    with start("train", "--model", "mlp", "--output", output) as process:
        wait_for(kept, process)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)

    assert process.returncode == 130
    assert stderr.splitlines()[-2:] == [
        f"The best epoch so far is kept in {kept}",
        "Interrupted.",
    ]
    assert "Traceback" not in stderr
    assert load_model(kept).best_epoch_ >= 1
    assert earlier.read_text() == "left by a run that was killed"
    assert not output.exists()


def wait_for(path, process):
    for _ in range(2400):
        if path.exists():
            return
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.kill()
    pytest.fail(f"{path} did not appear")


def test_ctrl_c_before_the_first_epoch_leaves_nothing_behind(tmp_path):
    with start("train", "--output", tmp_path / "digits.keras") as process:
        assert process.stdout.readline().startswith("Training")
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)

    assert process.returncode == 130
    assert stderr == "Interrupted.\n"
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
def test_quick_trains_on_a_part_and_reads_well(tmp_path):
    done = run("train", "--quick", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "CNNDigitClassifier on 15,000 of the 60,000 training images" in done.stdout
    accuracy = float(re.search(r"10,000 test images.*: (0\.\d{4})", done.stdout)[1])
    assert accuracy > 0.97
    assert os.listdir(tmp_path) == ["model.keras"]


@pytest.mark.slow
def test_train_says_that_it_replaces_a_model(model_file, tmp_path):
    shutil.copy(model_file, tmp_path / "model.keras")

    done = run(*QUICK, "--seed", "1", cwd=tmp_path)

    assert done.returncode == 0
    assert "model.keras is there already and will be replaced.\n" in done.stderr
    assert (tmp_path / "model.keras").read_bytes() != model_file.read_bytes()


@pytest.mark.slow
def test_terminal_shows_a_bar_with_losses_and_the_time_left(tmp_path):
    terminal, stderr = pty.openpty()
    args = ["train", "--quick", "--epochs", "2", "--model", "mlp"]
    process = subprocess.Popen(
        command(*args),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        env=plain_environment() | {"TERM": "xterm", "COLUMNS": "80"},
    )
    os.close(stderr)
    shown = read_terminal(terminal)

    assert process.wait() == 0
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    assert "Epoch 2/2 ━" in shown
    assert re.search(r"━ loss 0\.\d{4} val_loss 0\.\d{4} \d\d:\d\d left", shown)
    assert "callbacks" not in shown


def read_terminal(terminal):
    chunks = []
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # how Linux tells that the program has let go of its terminal
            chunk = b""
        if not chunk:
            return b"".join(chunks).decode()
        chunks.append(chunk)


# Predicting


def test_predict_prints_what_the_library_predicts(
    invoke, save, model_file, clf, mnist_test
):
    path = save(mnist_test.images[0], "seven of mine.png")

    code, stdout, stderr = invoke("predict", model_file, path)

    assert (code, stderr) == (0, "")
    assert read_lines(stdout) == {str(path): expected(clf, mnist_test.images[0])}


def test_predict_reads_a_jpeg(invoke, save, model_file, mnist_test):
    path = save(mnist_test.images[0], "seven.jpg")

    code, stdout, stderr = invoke("predict", model_file, path)

    assert (code, stderr) == (0, "")
    assert read_lines(stdout)[str(path)][0] == mnist_test.target[0]


def test_predict_in_a_process_of_its_own_says_nothing_else(
    save, model_file, clf, mnist_test
):
    paths = [save(mnist_test.images[k], f"{k}.png") for k in range(3)]

    done = run("predict", model_file, *paths)

    assert (done.returncode, done.stderr) == (0, "")
    assert read_lines(done.stdout) == {
        str(path): expected(clf, mnist_test.images[k]) for k, path in enumerate(paths)
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
    invoke, save, model_file, clf, mnist_test, channels
):
    grey = mnist_test.images[3]
    opaque = [np.full_like(grey, 255)] if channels % 2 == 0 else []
    path = save(np.dstack([grey] * (channels - len(opaque)) + opaque))

    code, stdout, _ = invoke("predict", model_file, path)

    assert code == 0
    assert read_lines(stdout) == {str(path): expected(clf, grey)}


def test_dark_ink_on_light_paper_warns_of_it(invoke, save, model_file, mnist_test):
    path = save(255 - mnist_test.images[0])

    code, stdout, stderr = invoke("predict", model_file, path)

    assert code == 0
    assert str(path) in stdout
    assert single_line(stderr).startswith(f"Warning: {path}: the image is mostly light")
    assert "--invert" in stderr


def test_invert_reads_dark_ink_on_light_paper(
    invoke, save, model_file, clf, mnist_test
):
    path = save(255 - mnist_test.images[0])

    code, stdout, stderr = invoke("predict", "--invert", model_file, path)

    assert (code, stderr) == (0, "")
    assert read_lines(stdout) == {str(path): expected(clf, mnist_test.images[0])}


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
def test_a_file_that_is_no_image_is_named(invoke, model_file, tmp_path, content):
    path = tmp_path / "notes.png"
    path.write_bytes(content)

    code, stdout, stderr = invoke("predict", model_file, path)

    assert (code, stdout) == (1, "")
    assert single_line(stderr).startswith(f"Error: {path}: not an image")


def test_a_missing_image_is_named_once(invoke, model_file, tmp_path):
    path = tmp_path / "missing.png"

    code, stdout, stderr = invoke("predict", model_file, path)

    assert (code, stdout) == (1, "")
    assert stderr == f"Error: {path}: No such file or directory\n"


def test_a_missing_model_file_is_named(invoke, tmp_path):
    path = tmp_path / "missing.keras"

    code, stdout, stderr = invoke("predict", path, "digit.png")

    assert (code, stdout) == (1, "")
    assert stderr == f"Error: There is no model file {path}\n"


def test_a_model_file_of_another_kind_is_named(invoke, tmp_path):
    path = tmp_path / "notes.keras"
    path.write_text("no model")

    code, stdout, stderr = invoke("predict", path, "digit.png")

    assert (code, stdout) == (1, "")
    assert f"'{path}' is no model file" in single_line(stderr)


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
