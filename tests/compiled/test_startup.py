"""Start of TensorFlow: without its messages, but with those of errors."""

import subprocess
import sys

from support.command_line import plain_environment

PROGRAM = """
from sklearn.datasets import load_digits
from digitclf import MLPDigitClassifier
X, y = load_digits(return_X_y=True)
MLPDigitClassifier(hidden_layer_sizes=(8,), epochs=1).fit(X[:100], y[:100])
"""


def run_python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        env=plain_environment() | environment,
        check=False,
    )


def test_import_and_fit_write_nothing_to_stderr():
    done = run_python(PROGRAM)

    assert (done.returncode, done.stderr) == (0, "")


def test_failed_import_of_tensorflow_is_not_hidden(tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import sys\nprint('library missing', file=sys.stderr)\nraise ImportError('x')"
    )

    done = run_python(
        "from digitclf import MLPDigitClassifier", PYTHONPATH=str(tmp_path)
    )

    assert done.returncode != 0
    assert "library missing" in done.stderr


def test_startup_messages_are_not_shown_after_ctrl_c(tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import sys\n"
        "print('I0000 00:00:1.0 1 port.cc:1] oneDNN is on.', file=sys.stderr)\n"
        "raise KeyboardInterrupt"
    )

    done = run_python(
        "try:\n    from digitclf import MLPDigitClassifier\n"
        "except KeyboardInterrupt:\n    print('interrupted')",
        PYTHONPATH=str(tmp_path),
    )

    assert (done.stdout.strip(), done.stderr) == ("interrupted", "")
