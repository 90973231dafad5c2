"""Pages of PDF documents as pictures."""

from __future__ import annotations

import importlib.util
import os
from typing import Any, NamedTuple

import numpy as np

from digitclf.datasets._pictures import MAX_PIXELS, PictureError, open_regular_file

SUFFIX = ".pdf"

DOTS_PER_INCH = 200
"""Resolution of the pictures: a page of A4 has 1654 x 2339 pixels."""

LONGEST_SIDE = 3000
"""Longer side in pixels. Larger pages are drawn at a lower resolution."""

POINTS_PER_INCH = 72

WRONG_PASSWORD = 4
"""PDFium's error code for documents that need a password."""


class PdfPage(NamedTuple):
    """A page of a PDF document."""

    path: str
    number: int
    """From 1."""

    @property
    def name(self) -> str:
        """Name of the page in output: path and number."""
        return f"{self.path}#{self.number}"


def is_pdf(path: str | os.PathLike) -> bool:
    """Return whether a path has the suffix of PDF documents."""
    return os.path.splitext(path)[1].lower() == SUFFIX


def pdf_pages(path: str | os.PathLike) -> list[PdfPage]:
    """Return the pages of a PDF document.

    Raises
    ------
    ImportError
        If pypdfium2 is not installed.
    PictureError
        If the file is not a PDF document, is damaged or needs a password.
    OSError
        If the file cannot be opened.
    """
    with open_regular_file(path) as file, _open(file, path) as document:
        count = len(document)
    if count == 0:
        raise PictureError(f"{os.fspath(path)!r} has no pages.")
    return [PdfPage(os.fspath(path), number) for number in range(1, count + 1)]


def read_pdf_page(page: PdfPage) -> np.ndarray:
    """Return a page of a PDF document as pixels, uint8 (height, width, 3).

    Raises
    ------
    ImportError
        If pypdfium2 is not installed.
    PictureError
        If the page is damaged, or has an image with too many pixels.
    OSError
        If the file cannot be opened.
    """
    from pypdfium2 import PdfiumError

    name = f"Page {page.number} of {page.path!r}"
    with open_regular_file(page.path) as file, _open(file, page.path) as document:
        try:
            sheet = document[page.number - 1]
            _check_images(sheet, name)
            bitmap = sheet.render(scale=_scale_for(sheet, name), rev_byteorder=True)
            return np.array(bitmap.to_numpy())
        except PdfiumError as error:
            raise PictureError(
                f"{name} is damaged. Save or print it to a PDF file again."
            ) from error


def _open(file: Any, path: str | os.PathLike) -> Any:
    """Return the document in a file, as a context manager."""
    if importlib.util.find_spec("pypdfium2") is None:
        raise ImportError(
            "Reading PDF documents requires pypdfium2, which is not installed. Install "
            'it with: pip install "digitclf[pdf]"'
        )
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        return PdfDocument(file)
    except PdfiumError as error:
        name = repr(os.fspath(path))
        if error.err_code == WRONG_PASSWORD:
            raise PictureError(
                f"{name} needs a password. Save a copy of it without a password first."
            ) from None
        raise PictureError(
            f"{name} is not a PDF document, or is damaged. Save or copy it again."
        ) from error


def _scale_for(page: Any, name: str) -> float:
    """Return the number of pixels per point of a page."""
    width, height = page.get_size()
    if not min(width, height) > 0:
        raise PictureError(f"{name} has no area: its size is {width} x {height}.")
    return min(DOTS_PER_INCH / POINTS_PER_INCH, LONGEST_SIDE / max(width, height))


def _check_images(page: Any, name: str) -> None:
    """Raise an error if PDFium would have to decode an image with too many pixels."""
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    for image in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE]):
        width, height = image.get_px_size()
        if width * height > MAX_PIXELS:
            raise PictureError(
                f"{name} has an image with {width:,} x {height:,} pixels, more than "
                f"the {MAX_PIXELS:,} that are accepted. Reduce the image first."
            )
