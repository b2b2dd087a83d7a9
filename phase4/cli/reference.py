"""`python -m phase4.cli.reference > docs/cli.md`: the command reference, from the command tree."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from phase4.cli.menu import Unopened
from phase4.doctor.permissions import needed_by

HEADER = """# Command line

Written by `python -m phase4.cli.reference > docs/cli.md`; a test holds that it is current.

`--json` prints one JSON document on stdout; progress and errors go to stderr. Without a terminal
progress is plain lines. Shell completion: `phase4 --install-completion`.

| Exit code | Meaning |
|---:|---|
| 0 | done; a run, a validation or a check passed |
| 1 | a run, a validation or an undo did not pass; `doctor` or `workflow check` has findings |
| 2 | wrong input; the check itself failed, nothing is known; a bug, with its traceback |
| 130 | interrupted; a run that was being followed goes on |
"""
RIGHTS = """## Permissions

What the account that gives a command needs. Table functions and procedures run with the rights of
their caller: who reads date states has to read the league's tables, too. Without
`bigquery.jobs.listAll` a receipt says that it may not list the project's jobs.

| Command | Permission | On |
|---|---|---|
"""
HIDDEN = ("--install-completion", "--show-completion", "--help")


def commands() -> Iterator[tuple[str, TyperCommand]]:
    """Every command with its full name, in the order of the tree; groups are left out."""
    from phase4.cli.app import app

    yield from _walk("phase4", get_command(app))


def reference() -> str:
    """The whole reference as Markdown."""
    listed = list(commands())
    index = "\n".join(
        f"- [`{name}`](#{name.replace(' ', '-')}): {_first_sentence(command)}"
        for name, command in listed
    )
    sections = "\n".join(_section(name, command) for name, command in listed)
    return f"{HEADER}\n{index}\n- [Permissions](#permissions)\n\n{sections}\n{_rights(listed)}"


def options_of(command: TyperCommand) -> list[TyperOption]:
    """The options of a command, without those that every command has."""
    return [
        parameter
        for parameter in command.params
        if isinstance(parameter, TyperOption) and not set(parameter.opts) & set(HIDDEN)
    ]


def arguments_of(command: TyperCommand) -> list[TyperArgument]:
    """The arguments of a command."""
    return [each for each in command.params if isinstance(each, TyperArgument)]


def help_of(command: TyperCommand) -> str:
    """The help text of a command as it is written in the code."""
    return cleandoc(command.help or "")


def _walk(name: str, command: object) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, Unopened):
        yield from _walk(name, command.opened)
    elif isinstance(command, TyperCommand):
        yield name, command
    elif isinstance(command, TyperGroup):
        for word, member in command.commands.items():
            yield from _walk(f"{name} {word}", member)


def _section(name: str, command: TyperCommand) -> str:
    context = typer.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    parts = [f"## {name}\n", f"```\n{usage}\n```\n", _prose(help_of(command))]
    records = [
        each.get_help_record(context) for each in (*arguments_of(command), *options_of(command))
    ]
    rows = [
        # A bar would end the cell.
        f"| `{record[0].replace('|', ' / ')}` | {_line(record[1])} |"
        for record in records
        if record
    ]
    if rows:
        parts.append("\n".join(["| | |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def _rights(listed: list[tuple[str, TyperCommand]]) -> str:
    """What each command needs, a line for each thing that it is needed on."""
    rows = []
    for name, _ in listed:
        needed: dict[str, list[str]] = {}
        for each in needed_by(name.removeprefix("phase4 ")):
            needed.setdefault(each.on, []).append(f"`{each.name}`")
        rows += [f"| `{name}` | {', '.join(names)} | {on} |\n" for on, names in needed.items()]
    return RIGHTS + "".join(rows)


def _prose(text: str) -> str:
    """The help with its examples as code."""
    lines = []
    for line in text.splitlines():
        before, mark, example = line.partition("Example: ")
        lines.append(f"Example: `{example}`" if mark and not before else line)
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


def _first_sentence(command: TyperCommand) -> str:
    return help_of(command).partition("\n\n")[0].replace("\n", " ").partition("; ")[0].rstrip(".")


if __name__ == "__main__":
    print(reference(), end="")
