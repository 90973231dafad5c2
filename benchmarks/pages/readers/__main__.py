"""Process of a reader: a path per line on stdin, a JSON object per line on stdout."""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from typing import Any


def main() -> None:
    name, threads = sys.argv[1], int(sys.argv[2])
    # Libraries may print; answers go to the stream that was stdout at the start.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    try:
        reader = importlib.import_module(f"benchmarks.pages.readers.with_{name}")
        read = reader.open_reader(threads)
    except (ImportError, FileNotFoundError) as error:
        _send(answers, {"missing": str(error)})
        return
    _send(answers, {"version": reader.version()})
    for line in sys.stdin:
        error, text, boxes = None, "", None
        start = time.perf_counter()
        try:
            text, boxes = read(line.rstrip("\n"))
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"
        _send(
            answers,
            {
                "text": text,
                "seconds": time.perf_counter() - start,
                "boxes": boxes,
                "error": error,
                "peak_memory": _peak_memory(),
            },
        )


def _peak_memory() -> float:
    """Return the peak memory of this process, or of its children, in MB."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1024


def _send(stream: Any, message: dict[str, Any]) -> None:
    stream.write(f"{json.dumps(message)}\n")


if __name__ == "__main__":
    main()
