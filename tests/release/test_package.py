"""`make package`: one wheel, an archive of the function that holds it, routines with open names."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
import zipfile
from pathlib import Path

import pytest

from phase4.cloud.routines import environment_names, routines
from phase4.cloud.settings import Settings
from phase4.tables.placeholders import PLACEHOLDER, render
from release.function_archive import write_archive
from release.routine_templates import OPEN_NAMES, STAGES, StageError, stages, templates
from release.wheel import ROOT, BuildError, build_wheel, sha256

pytestmark = pytest.mark.slow
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture
def wheel(package: Path) -> Path:
    (found,) = package.glob("phase4-*.whl")
    return found


def test_the_archive_holds_entry_point_requirements_and_the_wheel(
    package: Path, wheel: Path
) -> None:
    with zipfile.ZipFile(package / "function.zip") as archive:
        assert set(archive.namelist()) == {"main.py", "requirements.txt", wheel.name}
        assert archive.read(wheel.name) == wheel.read_bytes()
        assert archive.read("main.py") == (ROOT / "functions/validator/main.py").read_bytes()


def test_every_requirement_of_the_archive_is_pinned_by_hash(package: Path, wheel: Path) -> None:
    with zipfile.ZipFile(package / "function.zip") as archive:
        text = archive.read("requirements.txt").decode()
    logical = text.replace("\\\n", " ").splitlines()
    wanted = [line for line in logical if line.strip() and not line.strip().startswith("#")]
    assert wanted
    assert [line for line in wanted if "--hash=sha256:" not in line] == []
    assert f"./{wheel.name} --hash=sha256:{sha256(wheel)}" in wanted


def copy_sources(source: Path, target: Path) -> Path:
    """What the wheel is built from, in another place and at another time."""
    target.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copyfile(source / name, target / name)
    for name in ("phase4", "jobs", "functions"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source / name, target / name, copy_function=shutil.copyfile, ignore=ignored)
    return target


def test_the_same_sources_give_the_same_bytes_everywhere(tmp_path: Path) -> None:
    here = copy_sources(ROOT, tmp_path / "here")
    there = copy_sources(here, tmp_path / "there")
    wheels = [build_wheel(tmp_path / f"dist-{root.name}", root) for root in (here, there)]
    assert sha256(wheels[0]) == sha256(wheels[1])
    for wheel in wheels:
        write_archive(wheel.with_name("function.zip"), wheel)
    archives = [wheel.with_name("function.zip") for wheel in wheels]
    assert sha256(archives[0]) == sha256(archives[1])


def test_another_entry_point_gives_another_archive(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_archive(tmp_path / "one.zip", wheel)
    other = tmp_path / "main.py"
    other.write_text("# another entry point\n")
    monkeypatch.setattr("release.function_archive.ENTRY", other)
    write_archive(tmp_path / "other.zip", wheel)
    assert sha256(tmp_path / "one.zip") != sha256(tmp_path / "other.zip")


def test_the_wheel_carries_what_all_of_them_run(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
    assert wheel.name == f"phase4-{VERSION}-py3-none-any.whl"
    data = [
        path for path in (ROOT / "phase4").rglob("*") if path.suffix in {".sql", ".json", ".j2"}
    ]
    assert data
    assert {str(path.relative_to(ROOT)) for path in data} <= names
    outside = {name for name in names if not name.startswith(("phase4/", "phase4-"))}
    assert outside == {
        "jobs/precompute/__init__.py",
        "jobs/precompute/main.py",
        "functions/validator/__init__.py",
        "functions/validator/main.py",
    }


def test_the_laptop_has_wheels_of_its_own_without_their_tests(package: Path) -> None:
    (laptop,) = package.glob("laptop_cloud-*.whl")
    (sample,) = package.glob("phase4_sample-*.whl")
    for wheel, folder, data in (
        (laptop, "laptop", {"laptop/bigquery/limits.json", "laptop/py.typed"}),
        (sample, "sample", {"sample/workflows/phase4-backfill.yaml", "sample/py.typed"}),
    ):
        with zipfile.ZipFile(wheel) as content:
            names = set(content.namelist())
        assert data - {f"{folder}/py.typed"} <= names
        modules = {
            str(path.relative_to(ROOT))
            for path in (ROOT / folder).rglob("*.py")
            if "tests" not in path.parts
        }
        assert {name for name in names if name.endswith(".py")} == modules


def test_routines_leave_only_names_of_the_environment_open(package: Path) -> None:
    left = {
        name
        for path in (package / "routines").glob("*.sql")
        for name in PLACEHOLDER.findall(path.read_text())
    }
    assert left <= set(OPEN_NAMES)


def test_no_routine_holds_what_terraform_would_take_for_a_directive(package: Path) -> None:
    texts = {path.name: path.read_text() for path in (package / "routines").glob("*.sql")}
    assert [name for name, text in texts.items() if "%{" in text] == []


def test_routines_filled_with_names_are_those_of_the_code() -> None:
    settings = Settings(project="demo-project")
    names = environment_names(settings)
    filled = {routine.name: render(routine.body, names) for routine in templates()}
    assert filled == {routine.name: routine.body for routine in routines(settings)}


def test_a_routine_comes_after_those_it_calls() -> None:
    made = templates()
    stage_of = stages(made)
    for routine in made:
        called = set(re.findall(r"\$\{ops_dataset\}\.(\w+)", routine.body)) & set(stage_of)
        assert all(stage_of[name] < stage_of[routine.name] for name in called), routine.name


def test_too_long_a_chain_of_routines_is_named() -> None:
    first = templates()[0]
    chain = [
        type(first)(f"link_{n}", "PROCEDURE", (), f"CALL `${{ops_dataset}}.link_{n - 1}`()")
        for n in range(STAGES + 1)
    ]
    with pytest.raises(StageError, match=rf"link_{STAGES} is of stage {STAGES + 1}"):
        stages(chain)


def test_the_manifest_describes_every_file(package: Path) -> None:
    manifest = json.loads((package / "routines" / "manifest.json").read_text())
    assert {f"{name}.sql" for name in manifest} == {
        path.name for path in (package / "routines").glob("*.sql")
    }


def test_a_wheel_that_cannot_be_built_is_named(tmp_path: Path) -> None:
    project = tmp_path / "beside"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "no-such-thing"\nversion = "1"\n'
    )
    with pytest.raises(BuildError, match=r"the wheel of no-such-thing was not built: .+"):
        build_wheel(tmp_path / "dist", project)
