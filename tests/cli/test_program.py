"""The command line: how quickly it answers, its help, and wrong usage."""

import subprocess

import pytest
from support.command_line import (
    CONTROL_CHARACTERS,
    command,
    plain_environment,
    run_without,
    single_line,
)
from typer.core import TyperGroup

COMMANDS = ["train", "predict", "evaluate", "search", "show"]


@pytest.mark.parametrize(
    "args",
    [["--version"], ["--help"], *([each, "--help"] for each in COMMANDS)],
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
    "train": "--model --data --invert --epochs --schedule --dropout --quick --output "
    "--plot --seed",
    "predict": "--invert",
    "evaluate": "--data --invert",
    "search": "--model --dropout --folds --images --epochs --schedule --output --seed",
    "show": "--subset --numbers",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_option_of_a_command(invoke, command):
    code, stdout, _ = invoke(command, "--help")

    assert code == 0
    for option in OPTIONS[command].split():
        assert option in stdout


def test_no_command_shows_the_help_as_wrong_usage(invoke):
    code, stdout, stderr = invoke()

    assert (code, stdout) == (2, "")
    for each in COMMANDS:
        assert each in stderr


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
        (["train", "--schedule", "linear"], "linear"),
        (["train", "--dropout", "1"], "1 is not in the range 0<=x<1"),
        (["train", "--dropout", "-0.1"], "'--dropout'"),
        (["train", "--dropout", "nan"], "'--dropout'"),
        (["train", "--invert"], "images of --data, which is not given"),
        (["predict"], "MODEL"),
        (["predict", "model.keras"], "IMAGE"),
        (["evaluate"], "MODEL"),
        (["evaluate", "model.keras", "--invert"], "--data, which is not given"),
        (["search", "--dropout", "0.5", "--dropout", "2"], "2 is not in the range"),
        (["search", "--folds", "1"], "'--folds'"),
        (["search", "--images", "60001"], "'--images'"),
        (["search", "--images", "100", "--folds", "60"], "60 folds of 100 images"),
        (["search", "--output", "model.keras"], "ends in '.csv', got 'model.keras'"),
        (["show"], "INDEX"),
        (["show", "one"], "'INDEX'"),
        (["show", "60000"], "0 to 59999, got 60000"),
        (["show", "10000", "--subset", "test"], "0 to 9999, got 10000"),
        (["show", "-1"], "0 to 59999, got -1"),
        (["show", "1", "--subset", "all"], "'--subset'"),
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


def test_results_that_cannot_be_written_are_found_before_searching(invoke, tmp_path):
    (tmp_path / "file").touch()

    code, stdout, stderr = invoke("search", "--output", tmp_path / "file" / "s.csv")

    assert (code, stdout) == (1, "")
    assert "s.csv cannot be written" in single_line(stderr)


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("digitclf tr", "train"),
        ("digitclf s", "search show"),
        ("digitclf train --model ", "cnn mlp"),
        ("digitclf train --schedule o", "one_cycle"),
        ("digitclf evaluate --d", "--data"),
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


@pytest.mark.parametrize(
    "args", [["show", "0"], ["train", "--help"]], ids=["show", "help"]
)
def test_terminal_without_unicode_gets_what_it_can_show(args):
    done = subprocess.run(
        command(*args),
        capture_output=True,
        encoding="ascii",
        env=plain_environment() | {"PYTHONIOENCODING": "ascii"},
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("behind", ["__cause__", "__context__"])
def test_ctrl_c_that_an_import_has_made_an_error_of_is_still_one(
    behind, invoke, monkeypatch
):
    error = ImportError("initialization failed")
    setattr(error, behind, KeyboardInterrupt())

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(TyperGroup, "main", fail)

    assert invoke("show", "0") == (130, "", "Interrupted.\n")


def test_too_little_memory_is_one_line(invoke, monkeypatch):
    def fail(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(TyperGroup, "main", fail)

    code, stdout, stderr = invoke("show", "0")

    assert (code, stdout) == (1, "")
    assert "not enough memory" in single_line(stderr)
