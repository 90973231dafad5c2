"""The command line: how quickly it answers, its help, and wrong usage."""

import os
import re
import subprocess
import sys

import pytest
from support.command_line import (
    CONTROL_CHARACTERS,
    command,
    plain_environment,
    run_without,
    single_line,
)
from typer.core import TyperGroup

COMMANDS = ["train", "predict", "read", "evaluate", "search", "export", "show"]


@pytest.mark.parametrize(
    "args",
    [["--version"], ["--help"], *([command, "--help"] for command in COMMANDS)],
    ids=" ".join,
)
def test_help_and_version_import_nothing_heavy(args):
    heavy = ["tensorflow", "keras", "sklearn", "pandas", "numpy", "matplotlib"]

    done = run_without(heavy, *args)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert not CONTROL_CHARACTERS.search(done.stdout)


def test_version_is_that_of_the_package(invoke):
    import digitclf

    assert invoke("--version") == (0, f"digitclf {digitclf.__version__}\n", "")


OPTIONS = {
    "train": "--model --data --raw --recipe --quick --epochs --schedule --dropout "
    "--augment --output --plot --seed",
    "predict": "--model --top --min-probability --json --plot --raw",
    "read": "--model --min-probability --json --csv --plot",
    "evaluate": "--data --raw",
    "search": "--model --data --raw --dropout --folds --images --epochs --schedule "
    "--output --seed",
    "export": "--format",
    "show": "--subset --numbers",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_option_of_a_command(invoke, command):
    code, stdout, _ = invoke(command, "--help")

    assert code == 0
    for option in OPTIONS[command].split():
        assert option in stdout


def test_help_shows_no_python_types(invoke):
    for name in COMMANDS:
        _, stdout, _ = invoke(name, "--help")

        assert not re.search(r"<(list|path|file|int|float|str)\b", stdout)


def test_no_command_shows_the_help_as_wrong_usage(invoke):
    code, stdout, stderr = invoke()

    assert (code, stdout) == (2, "")
    for name in COMMANDS:
        assert name in stderr


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["learn"], "learn"),
        (["--fast"], "--fast"),
        (["train", "--model", "svm"], "'--model': 'svm' is not one of 'cnn', 'mlp'"),
        (["train", "--epochs", "0"], "'--epochs': 0 is too small, the minimum is 1"),
        (["train", "--epochs", "few"], "'--epochs': 'few' is not a whole number."),
        (["train", "--epochs", "1.5"], "'--epochs': '1.5' is not a whole number."),
        (["train", "--seed", "-1"], "'--seed': -1 is too small, the minimum is 0"),
        (["train", "--recipe", "slow"], "'--recipe': 'slow' is not one of 'quick',"),
        (["train", "--recipe", "accurate", "--quick"], "but --recipe is accurate"),
        (["train", "--output", "model.h5"], "ends in '.keras', got 'model.h5'"),
        (["train", "--schedule", "linear"], "linear"),
        (["train", "--dropout", "1"], "1 is not in the range 0<=x<1"),
        (["train", "--dropout", "-0.1"], "'--dropout': -0.1 is not in the range"),
        (["train", "--dropout", "nan"], "'--dropout': nan is not in the range"),
        (["train", "--dropout", "half"], "'--dropout': 'half' is not a number."),
        (["train", "--raw"], "pictures of --data, which is not given"),
        (["predict"], "IMAGE"),
        (["predict", "model.keras"], "expected a picture. Pass it with --model model"),
        (["predict", "a.png", "--top", "0"], "0 is too small, the minimum is 1"),
        (
            ["predict", "a.png", "--min-probability", "nan"],
            "nan is not in the range 0<",
        ),
        (
            ["predict", "a.png", "--min-probability", "50"],
            "50 is not in the range 0<=x",
        ),
        (["predict", "a.png", "--plot", "a.txt"], "a plot ends in '.png', got 'a.txt'"),
        (["read"], "PAGE"),
        (["read", "a.png", "--min-probability", "2"], "2 is not in the range 0<=x"),
        (["read", "a.png", "--plot", "a.jpg"], "a plot ends in '.png', got 'a.jpg'"),
        (["evaluate", "model.keras", "--raw"], "--data, which is not given"),
        (["search", "--raw"], "--data, which is not given"),
        (["search", "--dropout", "0.5", "--dropout", "2"], "2 is not in the range"),
        (["search", "--dropout", "0", "--dropout", "a"], "'a' is not a number."),
        (["search", "--folds", "1"], "'--folds': 1 is too small, the minimum is 2"),
        (["search", "--images", "60001"], "too large, the maximum is 60000"),
        (["search", "--images", "100", "--folds", "60"], "60 folds of 100 images"),
        (["search", "--output", "model.keras"], "ends in '.csv', got 'model.keras'"),
        (["export", "model.keras"], "OUTPUT"),
        (["export", "m.keras", "m.h5"], "should end in '.onnx' for an ONNX file"),
        (["export", "m.keras", "m", "--format", "onnx"], "must end in '.onnx'"),
        (["export", "m.keras", "m", "--format", "pb"], "'pb' is not one of 'onnx'"),
        (["show"], "INDEX"),
        (["show", "one"], "'INDEX': 'one' is not a whole number."),
        (["show", "60000"], "0 to 59999, got 60000"),
        (["show", "10000", "--subset", "test"], "0 to 9999, got 10000"),
        (["show", "-1"], "0 to 59999, got -1"),
        (["show", "1", "--subset", "all"], "'all' is not one of 'train', 'test'"),
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


@pytest.mark.parametrize(
    ("command", "name"), [("train", "model.keras"), ("search", "search.csv")]
)
def test_output_in_a_folder_that_does_not_exist_is_wrong_usage(
    invoke, tmp_path, command, name
):
    folder = tmp_path / "new"

    code, stdout, stderr = invoke(command, "--output", folder / name)

    assert (code, stdout) == (2, "")
    assert f"'--output': the folder {folder} does not exist." in single_line(stderr)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("command", "name"), [("train", "model.keras"), ("search", "search.csv")]
)
def test_output_in_a_folder_that_is_not_writable_is_wrong_usage(
    invoke, tmp_path, monkeypatch, command, name
):
    # The superuser, who may run the tests, can write to every folder.
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)

    code, stdout, stderr = invoke(command, "--output", tmp_path / name)

    assert (code, stdout) == (2, "")
    assert f"the folder {tmp_path} is not writable." in single_line(stderr)


@pytest.fixture
def script(tmp_path):
    """Return the program as a script named digitclf, as an installation has it."""
    path = tmp_path / "bin" / "digitclf"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\nfrom digitclf.cli import main\nmain()\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("called", "on_path", "told"),
    [
        ("bin/digitclf", False, "bin/digitclf"),
        ("bin/digitclf", True, "digitclf"),
        ("digitclf", True, "digitclf"),
    ],
)
def test_hints_name_the_program_as_it_was_called(script, called, on_path, told):
    folders = [str(script.parent)] if on_path else []
    path = os.pathsep.join([*folders, os.environ["PATH"]])

    done = subprocess.run(
        ["sh", "-c", f"{called} train --epochs 0"],
        capture_output=True,
        encoding="utf-8",
        env=plain_environment() | {"PATH": path},
        cwd=script.parent.parent,
        check=False,
    )

    assert done.stderr.endswith(f"(see {told} train --help)\n")


def test_hints_name_the_module_when_it_was_called(capfd):
    subprocess.run(command("train", "--epochs", "0"), check=False)

    program = " ".join(command())
    assert capfd.readouterr().err.endswith(f"(see {program} train --help)\n")


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("digitclf tr", "train"),
        ("digitclf s", "search show"),
        ("digitclf train --model ", "cnn mlp"),
        ("digitclf train --schedule o", "one_cycle"),
        ("digitclf train --recipe ac", "accurate"),
        ("digitclf export m n --format tf", "tf_saved_model"),
        ("digitclf evaluate --d", "--data"),
        ("digitclf predict --min", "--min-probability"),
        ("digitclf show --subset te", "test"),
    ],
)
def test_the_shell_completes_commands_options_and_choices(
    invoke, monkeypatch, words, completed
):
    monkeypatch.setenv("_DIGITCLF_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))

    code, stdout, stderr = invoke()

    assert (code, stderr) == (0, "")
    assert stdout.split() == completed.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_ask_the_program(invoke, monkeypatch, shell):
    # Otherwise the name of the shell is guessed from the processes around.
    monkeypatch.setenv("_DIGITCLF_COMPLETE", f"source_{shell}")

    code, stdout, _ = invoke()

    assert code == 0
    assert f"_DIGITCLF_COMPLETE=complete_{shell}" in stdout


def test_a_terminal_without_unicode_can_show_the_help():
    done = subprocess.run(
        command("train", "--help"),
        capture_output=True,
        encoding="ascii",
        env=plain_environment() | {"PYTHONIOENCODING": "ascii"},
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "?" not in done.stdout


@pytest.mark.parametrize("behind", ["__cause__", "__context__"])
def test_ctrl_c_during_an_import_is_still_an_interruption(behind, invoke, monkeypatch):
    error = ImportError("initialization failed")
    setattr(error, behind, KeyboardInterrupt())

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(TyperGroup, "main", fail)

    assert invoke("show", "0") == (130, "", "Interrupted.\n")


def test_too_little_memory_is_an_error_of_one_line(invoke, monkeypatch):
    def fail(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(TyperGroup, "main", fail)

    code, stdout, stderr = invoke("show", "0")

    assert (code, stdout) == (1, "")
    assert "not enough memory" in single_line(stderr)
