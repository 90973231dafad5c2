"""The endpoints: requests as arguments of functions, and their results as JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from digitclf.app._drawing import describe_models, kernels, predict
from digitclf.app._errors import RequestError
from digitclf.app._models import Model, Models
from digitclf.app._pages import example_page, read
from digitclf.app._requests import INKS, PictureUploads, Query, read_json_object
from digitclf.app._samples import random_test_image
from digitclf.app._training_session import TrainingSession
from digitclf.app._training_settings import settings_from_json

PREDICTIONS_AT_ONCE = 2

PAGES_AT_ONCE = 1
"""A large page takes seconds, several cores and much memory."""

MODEL_CHOICES = ("loaded", "trained")


class Api:
    """The endpoints of the app.

    Parameters
    ----------
    models : Models
        The model in use.
    training : TrainingSession
    """

    def __init__(self, models: Models, training: TrainingSession) -> None:
        self._models = models
        self._training = training
        self._random = np.random.default_rng()
        self._uploads = PictureUploads()
        self._predictions = anyio.CapacityLimiter(PREDICTIONS_AT_ONCE)
        self._pages = anyio.CapacityLimiter(PAGES_AT_ONCE)

    def routes(self) -> list[Route]:
        """Return the paths and their endpoints."""
        return [
            Route("/api/predict", self.predict, methods=["POST"]),
            Route("/api/read", self.read, methods=["POST"]),
            Route("/api/model", self.model, methods=["GET"]),
            Route("/api/model", self.choose_model, methods=["PUT"]),
            Route("/api/model/kernels", self.kernels, methods=["GET"]),
            Route("/api/model/file", self.model_file, methods=["GET"]),
            Route("/api/training", self.training, methods=["GET"]),
            Route("/api/training", self.start_training, methods=["POST"]),
            Route("/api/training", self.stop_training, methods=["DELETE"]),
            Route("/api/example", self.example, methods=["GET"]),
            Route("/api/example_page", self.example_page, methods=["GET"]),
        ]

    async def predict(self, request: Request) -> Response:
        """Read the digit in a picture."""
        query = Query(request, "ink", "min_probability", "feature_maps")
        answer = partial(
            predict,
            ink=query.choice("ink", INKS),
            min_probability=query.probability("min_probability", 0.5),
            feature_maps=query.choice("feature_maps", ("0", "1")) == "1",
        )
        return await self._answer_picture(request, answer, self._predictions)

    async def read(self, request: Request) -> Response:
        """Read the digits on a page."""
        query = Query(request, "min_probability")
        answer = partial(
            read, min_probability=query.probability("min_probability", 0.5)
        )
        return await self._answer_picture(request, answer, self._pages)

    async def _answer_picture(
        self,
        request: Request,
        answer: Callable[[bytes, Model], Any],
        limiter: anyio.CapacityLimiter,
    ) -> Response:
        async with self._uploads.receive(request) as content:
            return JSONResponse(
                await self._compute(
                    partial(answer, content, self._models.current), limiter
                )
            )

    async def model(self, request: Request) -> Response:
        """Describe the model in use."""
        return JSONResponse(describe_models(self._models))

    async def choose_model(self, request: Request) -> Response:
        """Use the model that was loaded, or the one that was trained."""
        chosen = (await read_json_object(request)).get("use")
        if chosen not in MODEL_CHOICES:
            raise RequestError(
                400, "bad_setting", f"use should be one of {list(MODEL_CHOICES)}."
            )
        if not self._models.choose(chosen):
            raise RequestError(
                409, "no_trained_model", "No model has been trained yet."
            )
        return await self.model(request)

    async def kernels(self, request: Request) -> Response:
        """Return the kernels of the model in use."""
        return JSONResponse(kernels(self._models.current))

    async def model_file(self, request: Request) -> Response:
        """Return the file of the model that was trained."""
        model = self._models.trained
        if model is None or model.content is None:
            raise RequestError(
                404, "no_trained_model", "No model has been trained yet."
            )
        return Response(
            model.content,
            media_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{model.name}"'},
        )

    async def training(self, request: Request) -> Response:
        """Return the progress of the training, if it has changed."""
        state = self._training.state(Query(request, "after").number("after", -1))
        return Response(status_code=204) if state is None else JSONResponse(state)

    async def start_training(self, request: Request) -> Response:
        """Start to train a network."""
        settings = settings_from_json(await read_json_object(request))
        if not self._training.start(settings):
            raise RequestError(
                409, "already_training", "A training is running. Stop it first."
            )
        return JSONResponse(self._training.state(), 202)

    async def stop_training(self, request: Request) -> Response:
        """Ask the training to stop."""
        self._training.stop()
        return JSONResponse(self._training.state(), 202)

    async def example(self, request: Request) -> Response:
        """Return a random test image of MNIST."""
        return JSONResponse(
            await self._compute(
                partial(random_test_image, self._random), self._predictions
            )
        )

    async def example_page(self, request: Request) -> Response:
        """Return a page of test images of MNIST."""
        content = await self._compute(partial(example_page, self._random), self._pages)
        return Response(content, media_type="image/png")

    async def _compute(
        self, function: Callable[[], Any], limiter: anyio.CapacityLimiter
    ) -> Any:
        return await anyio.to_thread.run_sync(function, limiter=limiter)
