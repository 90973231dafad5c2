"""The program ``digitclf``: its commands, its errors and its exit codes.

TensorFlow, scikit-learn and NumPy are imported inside the commands, so that --help and
usage errors are quick.
"""

from __future__ import annotations

import io
import signal
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from digitclf import __version__
from digitclf._compiled.interruption import interrupt
from digitclf.cli._app import app as browser_app
from digitclf.cli._evaluate import evaluate
from digitclf.cli._export import export
from digitclf.cli._predict import predict
from digitclf.cli._read import read
from digitclf.cli._search import search
from digitclf.cli._show import show
from digitclf.cli._stderr import (
    PROGRAM,
    complain,
    in_words,
    ran_out_of_memory,
    usage_message,
)
from digitclf.cli._train import train

INTERRUPTED = 130
"""Exit code after Ctrl-C, as in shells."""

TERMINATED = 143
"""Exit code after SIGTERM, as in shells."""

UsageError: Any = typer.BadParameter.__base__
"""The base class of usage errors, which has no public name in Typer."""


class OneLineErrors(TyperGroup):
    """A program whose errors are one line on stderr, without a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run the program and exit: with 2 after a usage error, 1 after a failure."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs) or 0
        except UsageError as error:
            complain(f"Error: {usage_message(error)}")
            code = 2
        except Exception as error:
            if _was_interrupted(error):
                code = INTERRUPTED
            elif _is_expected(error):
                complain(f"Error: {in_words(error)}")
                code = 1
            else:
                raise
        if code == INTERRUPTED:
            complain("Interrupted.")
        sys.exit(code)


def _is_expected(error: Exception) -> bool:
    """Return whether an error comes from the input rather than from a bug."""
    expected = (OSError, ValueError, ImportError, MemoryError)
    return isinstance(error, expected) or ran_out_of_memory(error)


def _was_interrupted(error: BaseException | None) -> bool:
    """Return whether Ctrl-C caused an error: an import can turn it into another one."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


class WithoutTypes(TyperCommand):
    """A command whose help does not show the Python types of its arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for parameter in self.params:
            if isinstance(parameter, TyperArgument):
                vars(parameter)["display_type_rich"] = lambda ctx: None


app = typer.Typer(
    cls=OneLineErrors,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Unicode
    # An exit instead of an abrupt end: the best epoch is kept and its path printed.
    signal.signal(signal.SIGTERM, lambda *_: interrupt(SystemExit(TERMINATED)))
    app(prog_name=PROGRAM)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit()


for command in (train, predict, read, evaluate, search, export):
    app.command(cls=WithoutTypes)(command)

app.command("app", cls=WithoutTypes)(browser_app)

# So that -1 is an index out of range and not an unknown option.
app.command(cls=WithoutTypes, context_settings={"ignore_unknown_options": True})(show)


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
