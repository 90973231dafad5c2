"""Damage of JPEG files that decoders pass over: markers that cannot be where they are.

A decoder fills the rest of a picture with grey, or goes on at the next restart marker,
when the compressed data makes no sense to it. The byte 0xFF announces a marker there,
unless a zero follows. So data from elsewhere, such as a block of another file, shows in
markers that are undefined or out of order.
"""

from __future__ import annotations

import re

MARKER = re.compile(rb"\xff+([^\x00\xff])")

END, SCAN, RESTART_INTERVAL = 0xD9, 0xDA, 0xDD
RESTARTS = range(0xD0, 0xD8)
SEGMENTS = {*range(0xC0, 0xD0), *range(0xDA, 0xF0), 0xFE}
"""Markers that are followed by a length and that many bytes."""


def check_markers(content: bytes) -> None:
    """Raise a ValueError if the markers of a JPEG file are not in order."""
    position, restart_interval, restarts = 2, 0, 0
    in_scan = False
    while marker := MARKER.search(content, position):
        kind = marker[1][0]
        if not in_scan and marker.start() != position:
            raise ValueError(f"no marker at byte {position:,}")
        position = marker.end()
        if kind == END:
            return
        if in_scan and kind in RESTARTS:
            if not restart_interval or kind != RESTARTS[restarts % 8]:
                raise ValueError(f"unexpected restart marker at byte {position:,}")
            restarts += 1
            continue
        if kind not in SEGMENTS:
            raise ValueError(f"undefined marker 0x{kind:02X} at byte {position:,}")
        length = int.from_bytes(content[position : position + 2], "big")
        if kind == RESTART_INTERVAL:
            restart_interval = int.from_bytes(
                content[position + 2 : position + 4], "big"
            )
        in_scan, restarts = kind == SCAN, 0
        position += length
    raise ValueError("the end of the picture is missing")
