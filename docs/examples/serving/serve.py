"""A FastAPI application that reads digits: ``uvicorn serve:app --workers 2``."""

import os
from typing import Annotated

import numpy as np
from fastapi import Depends, FastAPI, HTTPException, Request

from digitclf import load_predictor
from digitclf.preprocessing import DigitNormalizer

MAX_BYTES = 20_000_000

app = FastAPI()
predictor = load_predictor(os.environ.get("MODEL")).set_params(n_threads=1)
normalizer = DigitNormalizer()


def answer(images):
    probabilities = predictor.predict_proba(images)[0]
    best = probabilities.argmax()
    return {
        "digit": predictor.classes_[best].item(),
        "probability": float(probabilities[best]),
    }


async def uploaded(request: Request):
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MAX_BYTES:
            raise HTTPException(413, f"The limit is {MAX_BYTES:,} bytes.")
    return bytes(content)


@app.post("/picture")
def read_picture(content: Annotated[bytes, Depends(uploaded)]):
    """Read the digit in an image file: a photo, a scan or a drawing."""
    try:
        images = normalizer.transform([content])
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    return answer(images)


@app.post("/pixels")
def read_pixels(pixels: list[list[int]]):
    """Read the digit in an image of the size and the form that the model expects."""
    try:
        return answer(np.array([pixels], dtype=np.uint8))
    except (OverflowError, ValueError) as error:
        raise HTTPException(422, str(error)) from error
