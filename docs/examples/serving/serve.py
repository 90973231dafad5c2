"""A FastAPI application that reads digits: ``uvicorn serve:app --workers 2``."""

from contextlib import asynccontextmanager

import numpy as np
from fastapi import FastAPI

from digitclf import load_model


@asynccontextmanager
async def lifespan(app):
    app.state.clf = load_model("model.keras")
    # The first prediction compiles the network.
    app.state.clf.predict(np.zeros((1, *app.state.clf.image_shape_), dtype=np.uint8))
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/digit")
def read_digit(pixels: list[list[int]]):
    clf = app.state.clf
    image = np.array(pixels, dtype=np.uint8)
    probabilities = clf.predict_proba(image[np.newaxis])[0]
    best = probabilities.argmax()
    return {
        "digit": int(clf.classes_[best]),
        "probability": float(probabilities[best]),
    }
