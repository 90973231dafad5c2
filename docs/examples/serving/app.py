"""A WSGI application that reads digits: ``gunicorn --threads 4 app:app``."""

import json

import numpy as np

from digitclf import load_model

clf = None


def load_classifier():
    global clf
    clf = load_model("model.keras")
    clf.predict(np.zeros((1, *clf.image_shape_), dtype=np.uint8))


def app(environ, start_response):
    size = int(environ["CONTENT_LENGTH"])
    image = np.array(json.loads(environ["wsgi.input"].read(size)), dtype=np.uint8)
    digit = int(clf.predict(image[np.newaxis])[0])
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"digit": digit}).encode()]
