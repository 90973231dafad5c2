"""`digitclf train --resume`, and models that cannot be saved where they should be."""

import os
import re
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from support.command_line import run, start
from support.posix import NEEDS_SIGKILL

from digitclf.cli import _train

FEW_EPOCHS = ["--model", "mlp", "--epochs", "2"]


def weights_in(path):
    from digitclf import load_model

    return load_model(path).model_.get_weights()


@pytest.mark.slow
@NEEDS_SIGKILL
def test_killed_training_is_resumed(own_images, tmp_path):
    options = ["--data", own_images, "--model", "mlp", "--schedule", "one_cycle"]
    args = ["train", *options, "--epochs", "15", "--output"]
    killed, whole = tmp_path / "killed.keras", tmp_path / "whole.keras"
    folder = tmp_path / "killed.checkpoint"

    with start(*args, killed) as process:
        while not process.stderr.readline().startswith("Epoch 3/"):
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    assert (folder / "best.resume").exists()
    resumed = run(*args, killed, "--resume")
    uninterrupted = run(*args, whole)

    assert resumed.returncode == 0, resumed.stderr
    assert "nothing to resume" not in resumed.stderr
    assert "Epoch 15/15 " in resumed.stderr
    assert "Epoch 2/15 " not in resumed.stderr
    np.testing.assert_equal(weights_in(killed), weights_in(whole))
    results = [
        re.search(r"^Epochs run.*", done.stdout, re.MULTILINE)[0]
        for done in (resumed, uninterrupted)
    ]
    assert results[0] == results[1]
    assert sorted(os.listdir(tmp_path)) == ["killed.keras", "whole.keras"]


def test_there_may_be_nothing_to_resume(invoke, own_images, tmp_path):
    output = tmp_path / "digits.keras"

    code, _, stderr = invoke(
        "train", "--data", own_images, *FEW_EPOCHS, "--output", output, "--resume"
    )

    assert code == 0
    assert "There is nothing to resume: training starts from the beginning." in stderr
    assert os.listdir(tmp_path) == ["digits.keras"]


def test_resuming_with_other_options_is_an_error_that_names_them(
    invoke, own_images, tmp_path, monkeypatch
):
    args = ["train", "--data", own_images, "--model", "mlp", "--output"]
    args += [tmp_path / "digits.keras", "--epochs", "3"]
    interrupt_in_second_epoch(monkeypatch)
    assert invoke(*args)[0] == 130
    monkeypatch.undo()

    code, _, stderr = invoke(*args, "--dropout", "0.3", "--resume")

    assert code == 1
    assert re.search(r"Error: resume: .*best\.resume.*dropout \(0, now 0\.3\)", stderr)
    assert invoke(*args, "--resume")[0] == 0
    assert os.listdir(tmp_path) == ["digits.keras"]


def interrupt_in_second_epoch(monkeypatch):
    """Let Ctrl-C be pressed when the second epoch begins."""
    from digitclf._training.listeners import Listeners

    call = Listeners.call

    def call_or_interrupt(self, hook, *args, **kwargs):
        if (hook, *args) == ("on_epoch_begin", 1):
            raise KeyboardInterrupt
        return call(self, hook, *args, **kwargs)

    monkeypatch.setattr(Listeners, "call", call_or_interrupt)


def test_model_that_cannot_be_saved_is_kept_elsewhere(
    invoke, own_images, tmp_path, monkeypatch
):
    output = tmp_path / "models" / "digits.keras"
    output.parent.mkdir()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    fit = _train._fit

    def fit_and_lose_folder(*args):
        fit(*args)
        shutil.rmtree(output.parent)

    monkeypatch.setattr(_train, "_fit", fit_and_lose_folder)

    code, stdout, stderr = invoke(
        "train", "--data", own_images, *FEW_EPOCHS, "--output", output
    )

    assert code == 1
    path = Path(re.search(r"The model was saved to (\S+) instead\.", stderr)[1])
    assert path.is_relative_to(temporary)
    assert re.search(r"Error: .*models: The folder does not exist", stderr)
    assert f"Model saved to {path}" in stdout
    assert "Accuracy" in stdout
    assert len(weights_in(path)) > 0
