"""Check an installed digitclf: train, save, load and predict; the command line."""

import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import digitclf
from digitclf import (
    CNNDigitClassifier,
    MLPDigitClassifier,
    load_model,
    load_pretrained,
    save_model,
)
from digitclf.datasets import load_mnist


def check_estimators(folder: Path) -> None:
    X, y = load_mnist(return_X_y=True)
    X_test, y_test = load_mnist(subset="test", return_X_y=True)
    assert (X.shape, X_test.shape) == ((60_000, 784), (10_000, 784))
    for estimator in (MLPDigitClassifier, CNNDigitClassifier):
        clf = estimator(epochs=5, batch_size=50, random_state=0)
        clf.fit(X[:3000], y[:3000])
        accuracy = clf.score(X_test, y_test)
        print(f"{estimator.__name__}: {accuracy:.4f}", flush=True)
        assert accuracy > 0.85
        path = folder / f"{estimator.__name__}.keras"
        save_model(clf, path)
        predicted = load_model(path).predict_proba(X_test[:100])
        np.testing.assert_array_equal(predicted, clf.predict_proba(X_test[:100]))

    accuracy = load_pretrained().score(X_test, y_test)
    print(f"load_pretrained: {accuracy:.4f}", flush=True)
    assert accuracy > 0.99


def check_command_line(folder: Path) -> None:
    program = shutil.which("digitclf", path=sysconfig.get_path("scripts"))
    assert program is not None, "the command digitclf is not installed"
    model, picture = folder / "model.keras", folder / "seven.jpg"
    seven = load_mnist(subset="test").images[0]
    Image.fromarray(255 - seven).resize((480, 640)).save(picture)
    for arguments in (
        ["--version"],
        ["train", "--quick", "--model", "mlp", "--output", str(model)],
        ["evaluate", str(model)],
        ["predict", str(picture)],
        ["predict", "--model", str(model), str(picture)],
    ):
        subprocess.run([program, *arguments], check=True)
    assert model.exists()


if __name__ == "__main__":
    folder = Path(digitclf.__file__).parent
    print(f"digitclf {digitclf.__version__} from {folder}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        check_estimators(Path(name))
        check_command_line(Path(name))
