"""Read the digit in one picture, as ``digitclf predict`` does, with TensorFlow.

``python -m benchmarks.peers.read_picture {estimator,keras} MODEL PICTURE``
"""

from __future__ import annotations

import sys


def main() -> None:
    peer, model, picture = sys.argv[1:]
    read = {"estimator": _read_with_estimator, "keras": _read_with_keras}[peer]
    print(read(model, picture))


def _read_with_estimator(model: str, picture: str) -> int:
    from digitclf import load_model
    from digitclf.preprocessing import DigitNormalizer

    return int(load_model(model).predict(DigitNormalizer().transform([picture]))[0])


def _read_with_keras(model: str, picture: str) -> int:
    import keras

    from digitclf.preprocessing import DigitNormalizer

    image = DigitNormalizer().transform([picture]).reshape(1, 28, 28, 1)
    network = keras.saving.load_model(model)
    return int(network.predict(image, verbose=0).argmax())


if __name__ == "__main__":
    main()
