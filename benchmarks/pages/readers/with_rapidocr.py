"""RapidOCR with the models in its package; only digits of its text count."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import metadata

from rapidocr import RapidOCR


def version() -> str:
    return metadata.version("rapidocr")


def open_reader(threads: int) -> Callable:
    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        }
    )

    def read(page: str) -> tuple[str, None]:
        texts = engine(page).txts or ()
        return re.sub("[^0-9]", "", "".join(texts)), None

    return read
