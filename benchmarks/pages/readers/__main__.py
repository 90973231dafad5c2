"""Process of a reader: a path per line on stdin, a JSON object per line on stdout."""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from pathlib import Path
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
    """Return the peak memory of this process, or of its children, in MB (Linux only).

    The maximum in `getrusage` of the process itself would include that of the process
    that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    own = int(status.partition("VmHWM:")[2].split()[0])
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) / 1024


def _send(stream: Any, message: dict[str, Any]) -> None:
    stream.write(f"{json.dumps(message)}\n")


if __name__ == "__main__":
    main()
