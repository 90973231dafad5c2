"""The program that a person types: its options, its commands and its exit codes.

TensorFlow, scikit-learn and NumPy are imported inside the commands, so that --help and
a mistyped option are answered at once.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from digitclf import __version__
from digitclf.cli._evaluate import evaluate
from digitclf.cli._predict import predict
from digitclf.cli._search import search
from digitclf.cli._show import show
from digitclf.cli._stderr import complain, hint, in_words
from digitclf.cli._train import train

INTERRUPTED = 130
"""The exit code of a program that Ctrl-C has ended, as shells have it."""

UsageError: Any = typer.BadParameter.__base__
"""Of the click inside Typer, which has no public name for it."""


class OneLineErrors(TyperGroup):
    """A program whose errors are one line on stderr, without a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run the program and exit: with 2 for wrong usage, with 1 for a failure."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs) or 0
        except UsageError as error:
            complain(f"Error: {error.format_message()}{hint(error)}")
            code = 2
        except (OSError, ValueError, ImportError) as error:
            complain(f"Error: {in_words(error)}")
            code = 1
        if code == INTERRUPTED:
            complain("Interrupted.")
        sys.exit(code)


app = typer.Typer(
    cls=OneLineErrors,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command line."""
    app(prog_name="digitclf")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"digitclf {__version__}")
        raise typer.Exit()


for command in (train, predict, evaluate, search):
    app.command()(command)

# So that -1 is an index out of range and no unknown option.
app.command(context_settings={"ignore_unknown_options": True})(show)


@app.callback(invoke_without_command=True)
def program(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Train networks that read handwritten digits, and read digits with them."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)
