"""A WSGI application that reads digits: ``gunicorn --preload --workers 2 app:app``."""

import json

from digitclf import load_predictor
from digitclf.preprocessing import DigitNormalizer

MAX_BYTES = 20_000_000

# With --preload, this runs before the workers are forked. They share the cores.
predictor = load_predictor().set_params(n_threads=1)
normalizer = DigitNormalizer()


def app(environ, start_response):
    size = int(environ.get("CONTENT_LENGTH") or 0)
    content = environ["wsgi.input"].read(min(size, MAX_BYTES))
    try:
        digit = int(predictor.predict(normalizer.transform([content]))[0])
        status, answer = "200 OK", {"digit": digit}
    except ValueError as error:
        status, answer = "422 Unprocessable Content", {"error": str(error)}
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]
