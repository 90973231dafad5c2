"""RapidOCR with the models in its package; only digits of its text count.

Its own order of texts takes some rows apart. The texts are therefore brought into lines
by the function that orders the digits of digitclf, which gives a better score.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import metadata

import numpy as np
from rapidocr import RapidOCR

from digitclf.reading._order import Box, reading_order


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
        result = engine(page)
        if not result.txts:
            return "", None
        boxes = [
            Box(*corners.min(axis=0), *np.ptp(corners, axis=0))
            for corners in result.boxes
        ]
        order = [place for line in reading_order(boxes) for place in line]
        text = "".join(result.txts[place] for place in order)
        return re.sub("[^0-9]", "", text), None

    return read
