"""The command ``digitclf read``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from digitclf.cli._model_file import (
    check_is_model,
    check_takes_normalized,
    open_model,
)
from digitclf.cli._options import ReadingModel, check_output, check_probability
from digitclf.cli._page_output import (
    DigitsAsCsv,
    Json,
    Output,
    TablesAsCsv,
    Text,
    lines_as_json,
    lines_as_text,
    tables_as_json,
    tables_as_text,
)
from digitclf.cli._pictures import check_are_no_models, picture_sources, read_pixels
from digitclf.cli._plots import check_can_plot
from digitclf.cli._progress import counting_bar
from digitclf.cli._stderr import (
    announce_replacing,
    complain,
    in_words,
    shown,
    warnings_about,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from digitclf.plotting import PageDisplay
    from digitclf.reading._pdf import PdfPage

MAX_PLOTTED = 9
"""Maximum number of pages in the plot."""


class Page(NamedTuple):
    """A page and the table of its digits."""

    path: str
    pixels: np.ndarray
    digits: pd.DataFrame


def read(
    pages: Annotated[
        list[Path],
        typer.Argument(
            metavar="PAGE",
            readable=False,  # the other pages are read all the same
            show_default=False,
            help="Photos or scans of pages: PNG, JPEG, BMP, GIF, TIFF, WebP or PDF. A "
            "folder stands for all of them in it and in its subfolders, - for a "
            "picture from standard input.",
        ),
    ],
    model: ReadingModel = None,
    min_probability: Annotated[
        float,
        typer.Option(
            metavar="P",
            callback=check_probability,
            help="Print ? instead of a digit whose probability is below P.  [0<=x<=1]",
        ),
    ] = 0.5,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print a JSON array: lines with boxes, or tables with --table.",
        ),
    ] = False,
    as_csv: Annotated[
        bool,
        typer.Option(
            "--csv",
            help="Print CSV: a row per digit, or the rows of the tables with --table.",
        ),
    ] = False,
    as_table: Annotated[
        bool,
        typer.Option(
            "--table",
            help="Print the tables on the pages, with the number in each cell.",
        ),
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            callback=check_output(".png", "a plot"),
            show_default=False,
            help="Draw the pages with the boxes and labels of their digits into a PNG "
            f"file, up to {MAX_PLOTTED} pages.",
        ),
    ] = None,
) -> None:
    """Print the digits on pages, line by line.

    Digits are found anywhere on a page and printed in reading order. If there are
    several pages, each begins with its name.

    With --table, the digits in the cells of printed or drawn tables are printed as
    tables of numbers.
    """
    check_are_no_models(pages, "PAGE")
    if as_json and as_csv:
        raise typer.BadParameter(
            "it cannot be combined with --json.", param_hint="'--csv'"
        )
    if model is not None:
        check_is_model(model)
    if plot is not None:
        check_can_plot(plot)
        announce_replacing(plot)
    classifier = None if model is None else _open_classifier(model)
    sources = list(_sources(pages))
    output = _output(as_json, as_csv, as_table, named=len(sources) > 1)
    plotted: list[tuple[str, PageDisplay]] = []
    n_read = 0
    for page in _read_pages(sources, classifier, min_probability, as_table):
        output.add(page.path, page.digits)
        if plot is not None and n_read < MAX_PLOTTED:
            plotted.append((page.path, _display(page)))
        n_read += 1
    output.close()
    if plot is not None and plotted:
        _plot(plotted, n_read, plot)
    if n_read < len(sources):
        raise typer.Exit(1)


def _open_classifier(path: Path) -> Any:
    """Return the classifier in a file, for images of grey levels from 0 to 255."""
    from digitclf._predictor import grey_level_classifier

    stored = open_model(path)
    check_takes_normalized(
        stored, "digitclf read needs a model that was trained on such images."
    )
    return grey_level_classifier(stored)


def _output(as_json: bool, as_csv: bool, as_table: bool, named: bool) -> Output:
    if as_json:
        return Json(tables_as_json if as_table else lines_as_json)
    if as_csv:
        return TablesAsCsv() if as_table else DigitsAsCsv()
    return Text(tables_as_text if as_table else lines_as_text, named)


def _sources(arguments: Iterable[Path]) -> Iterator[Path | PdfPage | Exception]:
    """Yield pictures, pages of PDF documents, and errors of files and folders."""
    from digitclf.reading._pdf import SUFFIX, is_pdf, pdf_pages

    for source in picture_sources(arguments, [SUFFIX]):
        if isinstance(source, Exception) or not is_pdf(source):
            yield source
            continue
        try:
            yield from pdf_pages(source)
        except (ImportError, OSError, ValueError) as error:
            yield error


def _pixels_of(source: Path | PdfPage | Exception) -> tuple[np.ndarray, str]:
    """Return the pixels of a page, and its name. Errors are raised."""
    from digitclf.reading._pdf import PdfPage, read_pdf_page

    if isinstance(source, PdfPage):
        return read_pdf_page(source), source.name
    pixels, path, _ = read_pixels(source, reduced=False)
    return pixels, path


def _read_pages(
    sources: Collection[Path | PdfPage | Exception],
    classifier: Any,
    min_probability: float,
    cells: bool,
) -> Iterator[Page]:
    """Yield the pages that can be read; print an error line for each of the others."""
    from digitclf.reading import read_digits

    bar = counting_bar("Pages", len(sources))
    (task,) = bar.task_ids
    for source in sources:
        try:
            pixels, path = _pixels_of(source)
            with warnings_about(path), bar:
                digits = read_digits(
                    pixels, classifier, min_probability=min_probability, cells=cells
                )
        except (ImportError, OSError, ValueError) as error:
            complain(f"Error: {in_words(error)}")
        else:
            yield Page(path, pixels, digits)
        bar.advance(task)


def _display(page: Page) -> PageDisplay:
    """Return the display of a page, which keeps a reduced copy of the page."""
    from digitclf.plotting._page import PageDisplay, drawable

    return PageDisplay(drawable(page.pixels), page.digits, page.pixels.shape[:2])


def _plot(pages: list[tuple[str, PageDisplay]], n_read: int, path: Path) -> None:
    from digitclf.cli._page_plot import draw

    draw(pages, path)
    if len(pages) < n_read:
        complain(f"The plot shows the first {len(pages)} of {n_read} pages.")
    complain(f"Plot saved to {shown(path)}")
