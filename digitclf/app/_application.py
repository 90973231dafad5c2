"""``make_app``: the browser app as an ASGI application."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator

import numpy as np
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp

from digitclf._inference import StoredClassifier
from digitclf._predictor import DigitPredictor, load_predictor
from digitclf.app._api import Api
from digitclf.app._errors import (
    RequestError,
    answer_http_error,
    answer_request_error,
    answer_unexpected_error,
)
from digitclf.app._models import Model, Models
from digitclf.app._samples import test_images
from digitclf.app._security import OwnSiteOnly, SecurityHeaders
from digitclf.app._static_files import StaticFiles
from digitclf.app._training_session import TrainingSession
from digitclf.preprocessing._mnist_form import MNIST_SIZE

SECONDS_TO_STOP = 3.0
"""Time that a training gets to end with the server. Its model is lost in any case."""


def make_app(
    predictor: DigitPredictor | None = None, *, host: str = "127.0.0.1"
) -> ASGIApp:
    """Return the browser app as an ASGI application.

    `digitclf app` runs it. Other servers for ASGI can run it as well, with a single
    process, because the training and the model in use are kept in memory.

    Parameters
    ----------
    predictor : DigitPredictor or None, default=None
        The model for drawings and pages, from `load_predictor`. It expects images as
        `DigitNormalizer` makes them. None is the pretrained model.

    host : str, default="127.0.0.1"
        Name or address that the server listens on. Requests with another ``Host`` are
        refused, except for the names of the loopback interface. If it is not a loopback
        address, all addresses are accepted.

    Returns
    -------
    callable
        The ASGI application.

    Raises
    ------
    ValueError
        If `predictor` expects images of another size than 28 × 28.

    See Also
    --------
    digitclf.load_predictor : Load a model for the app.

    Examples
    --------
    >>> from starlette.testclient import TestClient
    >>> from digitclf.app import make_app
    >>> client = TestClient(make_app(), base_url="http://127.0.0.1")
    >>> client.get("/api/model").json()["origin"]
    'pretrained'
    """
    if predictor is None:
        return application(Model(load_predictor()._stored, "pretrained", ""), host)
    return application(Model(predictor._stored, "file", ""), host)


def application(model: Model, host: str) -> ASGIApp:
    """Return the application with a model."""
    _check_takes_normalized(model.stored)
    models = Models(model)
    training = TrainingSession(models)
    files = StaticFiles()
    app = Starlette(
        routes=[
            Route("/", files.page),
            Route("/static/{name:path}", files.file),
            *Api(models, training).routes(),
        ],
        exception_handlers={
            RequestError: answer_request_error,
            HTTPException: answer_http_error,
            Exception: answer_unexpected_error,
        },
        lifespan=lambda _: _running(model, training),
    )
    return SecurityHeaders(OwnSiteOnly(app, host))


def _check_takes_normalized(stored: StoredClassifier) -> None:
    if stored.image_shape != (MNIST_SIZE, MNIST_SIZE):
        height, width = stored.image_shape
        raise ValueError(
            f"The model expects images of {width} x {height} pixels (width x height), "
            f"but drawings have {MNIST_SIZE} x {MNIST_SIZE}. The app needs a model "
            "that was trained on such images."
        )


@contextlib.asynccontextmanager
async def _running(model: Model, training: TrainingSession) -> AsyncIterator[None]:
    warming_up = threading.Thread(target=_warm_up, args=(model,), daemon=True)
    warming_up.start()
    yield
    training.stop()
    training.wait(SECONDS_TO_STOP)


def _warm_up(model: Model) -> None:
    """Load what the first request would have to wait for."""
    blank = np.zeros((1, MNIST_SIZE**2), dtype=np.uint8)
    model.stored.predict_proba(model.as_input(blank))
    model.feature_maps.of(model.as_input(blank)[0])
    test_images()
    assert model.classifier
    import digitclf.reading._read  # noqa: F401 - loads pandas and the second network
