"""The command tree, and the one place where errors become a line and an exit code.

Exit codes: 0 passed, 1 a run or a validation did not pass, 2 wrong input or a failed check,
130 interrupted (a run that was being followed goes on).
"""

from __future__ import annotations

import sys
import traceback
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from typer.exceptions import TyperException

from phase4.cli.menu import Menu
from phase4.cli.terminal import INTERRUPTED

app = typer.Typer(
    name="phase4",
    cls=Menu,
    help=(
        "Finds the holes in the L4 table, fills them, and proves that they are filled.\n\n"
        "Exit codes: 0 passed; 1 a run or a validation did not pass; 2 wrong input, or the check"
        " itself failed; 130 interrupted (the run goes on)."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
# What the extra `training` brings.
LEARNING = {"numpy", "sklearn", "threadpoolctl"}
OURS = {"phase4", "jobs", "functions", "laptop", "sample"}


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"phase4 {version('phase4')}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Options before a command."""


def main() -> None:
    """Runs the command line; what the user can mend becomes one line without a traceback."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except typer.Abort:
        sys.exit(INTERRUPTED)
    except TyperException as error:
        if not str(error):
            sys.exit(2)  # no command was given: its help has been shown
        _refuse(_usage(error))
    except Exception as error:
        _refuse(_reason(error))


def _reason(error: Exception) -> str:
    """The line for what the user can mend; everything else is shown as the bug that it is."""
    # Only here: a command that goes well need not import what can go wrong at Google.
    from phase4.cloud.retries import FORESEEN, UNREACHABLE_TYPES, is_denied, one_line
    from phase4.cloud.settings import SettingsError

    if isinstance(error, SettingsError):
        return f'{error}. For the laptop cloud: eval "$(phase4 local env)"; for Google Cloud set it'
    if isinstance(error, ModuleNotFoundError):
        if not error.name or error.name.partition(".")[0] in OURS:
            _show_bug()
        if error.name.partition(".")[0] in LEARNING:
            return (
                f"{error.name} is not installed; models are learnt with what the extra"
                " `phase4[training]` brings: install phase4 with it"
            )
        return (
            f"{error.name} is not installed; this command needs what the job does: install phase4"
            " with its extra, `phase4[job]`"
        )
    if isinstance(error, FORESEEN):
        line = one_line(error)
        if isinstance(error, UNREACHABLE_TYPES):
            return f"{line}: phase4 doctor names what does not answer"
        return f"{line}: phase4 doctor names the rights that you lack" if is_denied(error) else line
    return _show_bug()


def _show_bug() -> NoReturn:
    traceback.print_exc()
    # 1 would say that something was looked at and did not pass.
    sys.exit(2)


def _usage(error: TyperException) -> str:
    """What is wrong with the command's words, and where they are explained."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else app.info.name
    spoken = error.format_message() if isinstance(error, typer.BadParameter) else str(error)
    return f"{' '.join(spoken.split()).rstrip('.')}; see {command} --help"


def _refuse(message: str) -> None:
    Console(stderr=True).print(
        f"phase4: {message}", style="red", highlight=False, markup=False, soft_wrap=True
    )
    sys.exit(2)
