"""What to train: the choices of the page, checked, as parameters of an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from digitclf import recipes
from digitclf.app._errors import RequestError

NETWORKS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "mlp": ("MLPDigitClassifier", recipes.LECTURE_MLP),
    "cnn": ("CNNDigitClassifier", recipes.LECTURE_CNN),
}
"""Class and recipe of each network, the lecture's two."""

RANGES: dict[str, tuple[float, float]] = {
    "n_images": (100, 60_000),
    "epochs": (1, 100),
    "dropout": (0, 0.9),
    "patience": (1, 100),
}
"""Smallest and largest values."""

SEED = 0


@dataclass(frozen=True)
class TrainingSettings:
    """Choices of the user. The defaults train in less than a minute."""

    network: str = "cnn"
    n_images: int = 6_000
    epochs: int = 10
    dropout: float = 0.25
    patience: int = 3

    @property
    def class_name(self) -> str:
        """Name of the estimator class."""
        return NETWORKS[self.network][0]

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of the estimator."""
        chosen = {
            "epochs": self.epochs,
            "dropout": self.dropout,
            "patience": self.patience,
            "random_state": SEED,
        }
        return {**NETWORKS[self.network][1], **chosen}

    def as_json(self) -> dict[str, Any]:
        """Return the choices by name."""
        return asdict(self)


def settings_from_json(values: Mapping[str, Any]) -> TrainingSettings:
    """Return the settings in the body of a request.

    Raises
    ------
    RequestError
        If a name is unknown, or a value is invalid.
    """
    known = TrainingSettings().as_json()
    for name, value in values.items():
        if name not in known:
            raise _invalid(f"There is no setting {name[:50]!r}. Use {list(known)}.")
        if name == "network":
            if value not in list(NETWORKS):
                raise _invalid(f"network should be one of {list(NETWORKS)}.")
            continue
        smallest, largest = RANGES[name]
        allowed = (float, int) if name == "dropout" else int
        if (
            not isinstance(value, allowed)
            or isinstance(value, bool)
            or not smallest <= value <= largest
        ):
            kind = "a number" if name == "dropout" else "an integer"
            raise _invalid(
                f"{name} should be {kind} from {smallest:g} to {largest:g}, got "
                f"{str(value)[:50]}."
            )
    return TrainingSettings(**{**known, **values})


def _invalid(message: str) -> RequestError:
    return RequestError(400, "bad_setting", message)
