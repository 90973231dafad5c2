"""Run one task with one peer: ``python -m benchmarks.peers.measure PEER TASK``."""

from __future__ import annotations

import importlib
import json
import sys


def main() -> None:
    peer, task = sys.argv[1:]
    module = importlib.import_module(f"benchmarks.peers.with_{peer}")
    print(json.dumps(getattr(module, task)()))


if __name__ == "__main__":
    main()
