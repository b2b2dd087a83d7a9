"""What README.md shows a stranger runs as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1]
README = (FOLDER / "README.md").read_text()
WITHOUT_CREDENTIALS = ("GOOGLE_", "CLOUDSDK_")


def test_the_example_runs_in_an_empty_folder(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    shown = f"{example}\nprint(rows[0].two, message_id, other.name)"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(WITHOUT_CREDENTIALS)}
    paths = {"PYTHONPATH": str(FOLDER.parent), "HOME": str(tmp_path)}
    command = [sys.executable, "-c", shown]
    done = subprocess.run(
        command, cwd=tmp_path, env=kept | paths, capture_output=True, text=True, timeout=300
    )
    assert done.stdout.split() == ["2", "1", "other-project"], done.stderr


def test_every_command_that_is_named_tells_how_it_is_used() -> None:
    modules = re.findall(r"^\| `python -m (laptop\.[\w.]+)", README, re.MULTILINE)
    assert len(modules) == 7
    for module in modules:
        command = [sys.executable, "-m", module, "--help"]
        done = subprocess.run(command, cwd=FOLDER.parent, capture_output=True, text=True)
        assert done.stdout.startswith(f"usage: python -m {module}"), module
