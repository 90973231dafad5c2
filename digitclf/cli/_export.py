"""The command ``digitclf export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digitclf._model_file.export_formats import (
    ONNX,
    SAVED_MODEL,
    SAVED_MODEL_FILES,
    Format,
    format_of,
)
from digitclf._model_file.whole_folders import check_replaceable
from digitclf.cli._model_file import check_is_model
from digitclf.cli._options import ModelFile, check_folder
from digitclf.cli._stderr import announce_replacing, shown

NAMES = {ONNX: "ONNX file", SAVED_MODEL: "TensorFlow SavedModel"}


def export(
    model: ModelFile,
    output: Annotated[
        Path,
        typer.Argument(
            metavar="OUTPUT",
            callback=check_folder,
            show_default=False,
            help="An ONNX file, whose name ends in .onnx, or the folder of a "
            "TensorFlow SavedModel.",
        ),
    ],
    format: Annotated[
        Format | None,
        typer.Option(
            metavar="NAME",
            show_default=False,
            help="Format: onnx or tf_saved_model. By default, names that end in .onnx "
            "are ONNX files and names without a suffix are SavedModels.",
        ),
    ] = None,
) -> None:
    """Export a model to ONNX or to a TensorFlow SavedModel.

    The exported network takes unscaled pixels and returns the probability of each
    class. Neither digitclf nor Keras is needed to run it.
    """
    chosen = _check_output(output, format)
    check_is_model(model)
    announce_replacing(output)
    from digitclf import load_model
    from digitclf._export import export_model, image_dtype_of, image_shape_of

    clf = load_model(model)
    export_model(clf, output, format=chosen)
    sizes = ", ".join(map(str, image_shape_of(clf)))
    typer.echo(f"{NAMES[chosen]} saved to {shown(output)}")
    typer.echo(f"Input: images (n_images, {sizes}), {image_dtype_of(clf).__name__}")
    typer.echo(f"Output: probabilities (n_images, {len(clf.classes_)}), float32")


def _check_output(output: Path, format: Format | None) -> Format:
    """Return the format after checks that do not import TensorFlow."""
    try:
        chosen = format_of(output, format)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'OUTPUT'") from None
    if chosen != ONNX:
        check_replaceable(output, SAVED_MODEL_FILES)
    elif output.is_dir():
        raise typer.BadParameter(f"{shown(output)} is a folder.", param_hint="'OUTPUT'")
    return chosen
