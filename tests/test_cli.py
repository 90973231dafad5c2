"""The command line: how quickly it answers, its help, and wrong usage."""

import subprocess
import sys

import pytest
from command_line import CONTROL_CHARACTERS, plain_environment, single_line


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
