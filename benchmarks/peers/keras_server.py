"""The application of the guide page "Serving" with Keras's ``predict``.

``MODEL=digits.keras uvicorn benchmarks.peers.keras_server:app --workers 2``
"""

from __future__ import annotations

import os

import keras
import numpy as np
from fastapi import FastAPI, HTTPException

app = FastAPI()
network = keras.saving.load_model(os.environ["MODEL"])


@app.post("/pixels")
def read_pixels(pixels: list[list[int]]) -> dict[str, float]:
    try:
        images = np.array([pixels], dtype=np.uint8)[..., np.newaxis]
        probabilities = network.predict(images, verbose=0)[0]
    except (OverflowError, ValueError) as error:
        raise HTTPException(422, str(error)) from error
    best = probabilities.argmax()
    return {"digit": int(best), "probability": float(probabilities[best])}
