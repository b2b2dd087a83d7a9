"""`python -m release …`: what the pipeline calls."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from release.configuration import Configuration, NoProviders, checks
from release.function_archive import write_archive
from release.kept import write_kept
from release.plan_review import destructions
from release.routine_templates import write_templates
from release.variables import export_lines, write_variables
from release.wheel import LAPTOP, ROOT, build_wheel, sha256

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def package(
    folder: Annotated[Path, typer.Option(help="Where the artefacts go.")] = ROOT / "dist",
) -> None:
    """Build the wheel, the function's archive and the routines; beside them the laptop's wheels."""
    wheel = build_wheel(folder)
    beside = [build_wheel(folder, root) for root in LAPTOP]
    archive = folder / "function.zip"
    write_archive(archive, wheel)
    write_templates(folder / "routines")
    typer.echo(f"{wheel.name} sha256:{sha256(wheel)}")
    for built in (archive, *beside):
        typer.echo(f"{built.name} sha256:{sha256(built)}")


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
def keep(
    target: Annotated[Path, typer.Argument(help="Archive to write.")] = (
        ROOT / "dist" / "release.tar.gz"
    ),
) -> None:
    """Pack the release's variables, archive and routines, to be unpacked over a checkout."""
    write_kept(target)
    typer.echo(f"{target.name} sha256:{sha256(target)}")


@app.command()
def review(
    plan: Annotated[Path, typer.Argument(help="File of `terraform show -json PLAN`.")],
    allow: Annotated[str, typer.Option(help="Addresses that may go, between commas.")] = "",
) -> None:
    """Refuse a plan that destroys what holds history or is in use."""
    found = destructions(json.loads(plan.read_text()), [one.strip() for one in allow.split(",")])
    for destruction in found:
        typer.echo(f"{destruction}: migrate as docs/operations.md says, or allow it by name")
    if found:
        raise typer.Exit(1)
    typer.echo("the plan destroys nothing that holds history or is in use")


@app.command()
def check() -> None:
    """Let Terraform validate and test the configuration, where its providers can be had."""
    with tempfile.TemporaryDirectory() as place:
        try:
            for name, done in checks(Configuration.copied(Path(place))):
                typer.echo(f"{name}: {(done.stdout.strip() or done.stderr).splitlines()[-1]}")
                if done.returncode:
                    typer.echo(done.stdout + done.stderr)
                    raise typer.Exit(1)
        except NoProviders as reason:
            typer.echo(f"terraform validate and terraform test did not run: {reason}")


@app.command()
def environment(
    outputs: Annotated[Path, typer.Argument(help="File of `terraform output -json environment`.")],
) -> None:
    """Print the export lines of an environment, to be sourced by a shell."""
    for line in export_lines(json.loads(outputs.read_text())):
        typer.echo(line)


if __name__ == "__main__":
    app()
