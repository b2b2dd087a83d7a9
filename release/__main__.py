"""`python -m release package`, `variables` and `environment`: what the pipeline calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from release.function_archive import write_archive
from release.routine_templates import write_templates
from release.variables import export_lines, write_variables
from release.wheel import ROOT, build_wheel, sha256

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def package(
    folder: Annotated[Path, typer.Option(help="Where the artefacts go.")] = ROOT / "dist",
) -> None:
    """Build the wheel, the function's archive and the routines."""
    wheel = build_wheel(folder)
    archive = folder / "function.zip"
    write_archive(archive, wheel)
    write_templates(folder / "routines")
    typer.echo(f"{wheel.name} sha256:{sha256(wheel)}")
    typer.echo(f"{archive.name} sha256:{sha256(archive)}")


@app.command()
def variables(
    repository: Annotated[str, typer.Option(help="Repository that the image was pushed to.")],
    metadata: Annotated[Path, typer.Option(help="What the image build wrote.")],
    code_version: Annotated[str, typer.Option(help="Revision that was built.")],
    target: Annotated[Path, typer.Option(help="File of variables to write.")] = (
        ROOT / "terraform" / "release.auto.tfvars.json"
    ),
) -> None:
    """Write the Terraform variables of a release."""
    write_variables(target, repository, metadata, code_version)
    typer.echo(f"{target.name} written")


@app.command()
def environment(
    outputs: Annotated[Path, typer.Argument(help="File of `terraform output -json environment`.")],
) -> None:
    """Print the export lines of an environment, to be sourced by a shell."""
    for line in export_lines(json.loads(outputs.read_text())):
        typer.echo(line)


if __name__ == "__main__":
    app()
