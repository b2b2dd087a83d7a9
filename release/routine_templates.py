"""Routines as Terraform takes them: rendered but for the names that differ between environments."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from phase4.cloud.routines import environment_names
from phase4.cloud.settings import Settings
from phase4.tables.routines import Routine, placeholders_for, rendered

OPEN_NAMES = tuple(environment_names(Settings(project="any-project")))
STAGES = 4


class StageError(ValueError):
    """A routine builds on more stages of others than terraform/routines.tf has."""

    def __init__(self, name: str, stage: int) -> None:
        super().__init__(
            f"routine {name} is of stage {stage}, expected at most {STAGES}:"
            f" add a stage to terraform/routines.tf"
        )


def templates() -> list[Routine]:
    """All routines with `${…}` left open for Terraform's templatefile()."""
    return rendered(placeholders_for({name: "${" + name + "}" for name in OPEN_NAMES}))


def stages(routines: Sequence[Routine]) -> dict[str, int]:
    """0 for views, else one more than the highest stage of the routines that the body names."""
    known: dict[str, int] = {}
    for routine in routines:
        used = [stage for name, stage in known.items() if _names(routine.body, name)]
        known[routine.name] = 0 if routine.kind == "VIEW" else max([0, *used]) + 1
        if known[routine.name] > STAGES:
            raise StageError(routine.name, known[routine.name])
    return known


def write_templates(folder: Path) -> None:
    """Writes NAME.sql for each routine, and manifest.json: kind, arguments and stage by name."""
    folder.mkdir(parents=True, exist_ok=True)
    routines = templates()
    stage_of = stages(routines)
    manifest = {
        routine.name: {
            "kind": routine.kind,
            "arguments": [list(argument) for argument in routine.arguments],
            "stage": stage_of[routine.name],
        }
        for routine in routines
    }
    for routine in routines:
        (folder / f"{routine.name}.sql").write_text(routine.body)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def _names(body: str, routine: str) -> bool:
    by_dataset = rf"\$\{{ops_dataset\}}`?\.`?{routine}\b"
    return bool(re.search(by_dataset, body)) or (routine == "seasons" and "${seasons}" in body)
