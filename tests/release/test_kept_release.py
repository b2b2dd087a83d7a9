"""A release that is kept comes back as it was, in another checkout."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from release.kept import IncompleteRelease, write_kept


def checkout(folder: Path) -> Path:
    """A checkout in which a release was made."""
    files = {
        "terraform/release.auto.tfvars.json": json.dumps({"release": {"code_version": "abc1234"}}),
        "dist/function.zip": "archive",
        "dist/routines/manifest.json": "{}",
        "dist/routines/seasons.sql": "SELECT 1",
        "dist/phase4-1-py3-none-any.whl": "not needed again",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_variables_archive_and_routines_come_back_under_their_paths(tmp_path: Path) -> None:
    root = checkout(tmp_path / "built")
    write_kept(tmp_path / "release.tar.gz", root)
    other = tmp_path / "other"
    with tarfile.open(tmp_path / "release.tar.gz") as kept:
        kept.extractall(other, filter="data")
    found = {str(path.relative_to(other)) for path in other.rglob("*") if path.is_file()}
    assert found == {
        "terraform/release.auto.tfvars.json",
        "dist/function.zip",
        "dist/routines/manifest.json",
        "dist/routines/seasons.sql",
    }
    for name in found:
        assert (other / name).read_bytes() == (root / name).read_bytes()


def test_the_same_release_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_kept(tmp_path / f"{name}.tar.gz", checkout(tmp_path / name))
    assert (tmp_path / "first.tar.gz").read_bytes() == (tmp_path / "second.tar.gz").read_bytes()


@pytest.mark.parametrize(
    "missing",
    ["terraform/release.auto.tfvars.json", "dist/function.zip", "dist/routines/manifest.json"],
)
def test_half_a_release_is_not_kept(missing: str, tmp_path: Path) -> None:
    root = checkout(tmp_path / "built")
    (root / missing).unlink()
    with pytest.raises(IncompleteRelease, match=f"{missing} is missing: `make package`"):
        write_kept(tmp_path / "release.tar.gz", root)
