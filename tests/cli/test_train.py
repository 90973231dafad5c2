"""`digitclf train`: its output, the model it saves, and Ctrl-C."""

import os
import re
import shutil
import signal
import time

import numpy as np
import pytest
from support.command_line import (
    CONTROL_CHARACTERS,
    QUICK,
    command,
    run,
    single_line,
    start,
)
from support.terminal import show_in_terminal


def test_train_saves_the_model_whose_accuracy_it_prints(
    trained, trained_clf, mnist_test
):
    printed = float(
        re.search(r"10,000 test images.*: (0\.\d{4})", trained[0].stdout)[1]
    )

    assert printed > 0.95
    assert printed == pytest.approx(
        trained_clf.score(mnist_test.data, mnist_test.target)
    )


def test_train_prints_the_confusion_of_all_test_images(
    trained, trained_clf, mnist_test
):
    rows = re.findall(r"^\d((?: +(?:\d+|\.)){10})$", trained[0].stdout, re.MULTILINE)
    printed = np.array([row.replace(".", "0").split() for row in rows], dtype=int)

    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (mnist_test.target, trained_clf.predict(mnist_test.data)), 1)
    np.testing.assert_array_equal(printed, counts)


def test_train_prints_data_epochs_and_model(trained):
    done, path = trained

    assert "MLPDigitClassifier on the 60,000 training images" in done.stdout
    assert "(seed 0)" in done.stdout
    assert "Epochs run: 1, best epoch: 1 (val_loss 0." in done.stdout
    assert f"Model saved to {path}\n" in done.stdout


def test_train_ends_with_a_command_that_reads_images_as_it_was_called(trained):
    done, path = trained

    predict = " ".join(command("predict", "--model", path))
    assert done.stdout.endswith(f"{predict} IMAGE...\n")


def test_piped_training_prints_one_plain_line_per_epoch(trained):
    done, _ = trained

    line = single_line(done.stderr)
    assert line.startswith("Epoch 1/1 ")
    assert " loss: 0." in line
    assert " val_loss: 0." in line
    assert not CONTROL_CHARACTERS.search(done.stderr + done.stdout)


def test_train_leaves_the_model_alone_in_its_folder(model_file):
    assert os.listdir(model_file.parent) == [model_file.name]


def test_saved_parameters_do_not_depend_on_the_command_line(trained_clf):
    assert trained_clf.get_params()["checkpoint"] is None
    assert trained_clf.get_params()["callbacks"] is None
    assert trained_clf.get_params()["verbose"] == 0
    assert trained_clf.get_params()["random_state"] == 0


@pytest.mark.parametrize(
    ("signal_", "code", "last_words"),
    [
        (signal.SIGINT, 130, ["Interrupted."]),
        pytest.param(signal.SIGTERM, 143, [], marks=pytest.mark.slow),
    ],
    ids=["Ctrl-C", "kill"],
)
def test_interrupted_training_keeps_the_best_epoch_and_prints_its_path(
    signal_, code, last_words, tmp_path
):
    from digitclf import load_model

    earlier = tmp_path / "digits.checkpoint" / "best.keras"
    earlier.parent.mkdir()
    earlier.write_text("left by a run that was killed")
    kept = tmp_path / "digits.checkpoint-2" / "best.keras"
    output = tmp_path / "digits.keras"

    with start("train", "--model", "mlp", "--output", output) as process:
        wait_for(kept, process)
        process.send_signal(signal_)
        _, stderr = process.communicate(timeout=60)

    assert process.returncode == code
    _, *told = stderr.partition("The best epoch")
    assert "".join(told).splitlines() == [
        f"The best epoch so far is kept in {kept}",
        "To go on, run the same command with --resume.",
        *last_words,
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


def test_ctrl_c_before_the_first_epoch_says_that_nothing_was_saved(tmp_path):
    with start("train", "--output", tmp_path / "digits.keras") as process:
        assert process.stdout.readline().startswith("Training")
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)

    assert process.returncode == 130
    assert stderr.splitlines() == [
        "Training ended before its first epoch: no model was saved.",
        "Interrupted.",
    ]
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
def test_quick_trains_on_15000_images(tmp_path):
    done = run("train", "--quick", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "CNNDigitClassifier on 15,000 of the 60,000 training images" in done.stdout
    accuracy = float(re.search(r"10,000 test images.*: (0\.\d{4})", done.stdout)[1])
    assert accuracy > 0.97
    assert os.listdir(tmp_path) == ["model.keras"]


@pytest.mark.slow
def test_train_announces_that_it_replaces_a_model(model_file, tmp_path):
    shutil.copy(model_file, tmp_path / "model.keras")

    done = run(*QUICK, "--seed", "1", cwd=tmp_path)

    assert done.returncode == 0
    assert "model.keras exists and will be replaced.\n" in done.stderr
    assert (tmp_path / "model.keras").read_bytes() != model_file.read_bytes()


@pytest.mark.slow
def test_terminal_shows_a_bar_with_losses_and_the_time_left(tmp_path):
    args = ["train", "--quick", "--epochs", "2", "--model", "mlp"]

    code, shown = show_in_terminal(command(*args), cwd=tmp_path)

    assert code == 0
    assert "Epoch 2/2 ━" in shown
    losses = r"loss 0\.\d{3} acc 0\.\d{3} val_loss 0\.\d{3} val_acc 0\.\d{3}"
    assert re.search(rf"━ {losses} \d\d:\d\d left", shown)
    assert "callbacks" not in shown
