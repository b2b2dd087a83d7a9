"""What a server of this version has translated, the next one takes from the user's cache."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from laptop.bigquery import kept
from laptop.bigquery.kept import Shelf, users_cache, version_of
from laptop.tests.bigquery.servers import Running, client_of, querying

Asked = Callable[[str], Any]


def working(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def a_server(cache: Path, seen: list[str], seconds: float = 0.02) -> Asked:
    """A function as a server has it: the same one, with what the cache holds."""
    shelf = Shelf()
    shelf.open(cache)

    @shelf.keeping
    def doubled(sql: str) -> Any:
        seen.append(sql)
        working(seconds)
        if sql == "wrong":
            raise ValueError(sql)
        return sql + sql, (True, None, "it's")

    return doubled


def test_a_second_server_is_answered_from_the_cache(tmp_path: Path) -> None:
    seen: list[str] = []
    answers = [a_server(tmp_path, seen)("SELECT 1;\n") for _ in range(2)]
    assert answers == [("SELECT 1;\nSELECT 1;\n", (True, None, "it's"))] * 2
    assert len(seen) == 1


def test_another_text_is_another_answer(tmp_path: Path) -> None:
    seen: list[str] = []
    for sql in ("a", "b"):
        assert a_server(tmp_path, seen)(sql)[0] == sql + sql


def test_what_is_quickly_found_is_not_kept(tmp_path: Path) -> None:
    seen: list[str] = []
    for _ in range(2):
        a_server(tmp_path, seen, seconds=0)("quick")
    assert len(seen) == 2


def test_an_error_is_raised_by_every_server(tmp_path: Path) -> None:
    seen: list[str] = []
    for _ in range(2):
        with pytest.raises(ValueError, match="wrong"):
            a_server(tmp_path, seen)("wrong")
    assert len(seen) == 2


@pytest.mark.parametrize("share", [0, 0.5])
def test_an_answer_that_was_cut_short_is_found_anew(tmp_path: Path, share: float) -> None:
    seen: list[str] = []
    a_server(tmp_path, seen)("long")
    (file,) = (one for one in tmp_path.rglob("*") if one.is_file())
    file.write_text(file.read_text()[: int(share * file.stat().st_size)])
    assert [a_server(tmp_path, seen)("long")[0] for _ in range(2)] == ["longlong"] * 2
    assert len(seen) == 2


@pytest.mark.parametrize("cache", ["/proc/nowhere", "/dev/null", "~/.cache"])
def test_without_a_folder_that_can_be_written_nothing_is_kept(
    cache: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[str] = []
    for _ in range(2):
        assert a_server(Path(cache), seen)("x")[0] == "xx"
    assert len(seen) == 2
    assert not list(tmp_path.iterdir())


def test_changed_code_has_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "dialect.py").write_text("WIDTH = 38\n")
    before = version_of(tmp_path)
    assert version_of(tmp_path) == before
    (tmp_path / "dialect.py").write_text("WIDTH = 18\n")
    assert version_of(tmp_path) != before


def test_the_folders_used_last_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "KEPT_FOLDERS", 2)
    for age, name in enumerate(("newest", "newer", "old", "oldest"), 1):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    Shelf().open(tmp_path)
    own = version_of(Path(kept.__file__).parent)
    assert {one.name for one in tmp_path.iterdir()} == {own, "newest", "newer"}


def test_a_folder_that_is_full_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "KEPT_ANSWERS", 1)
    seen: list[str] = []
    for sql in ("a", "b", "c"):
        a_server(tmp_path, seen)(sql)
    assert len([one for one in tmp_path.rglob("*") if one.is_file()]) == 1


def test_the_cache_is_where_the_desktop_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/some/where")
    assert users_cache() == Path("/some/where/laptop-cloud")


def test_a_server_runs_the_translation_that_another_one_kept(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    columns = ", ".join(f"SAFE_DIVIDE(n + {one}, 2) AS c{one}" for one in range(200))
    statement = f"SELECT 'first' AS server, {columns} FROM UNNEST([1]) AS n"

    def answer() -> dict[str, Any]:
        with running() as ports:
            return querying(client_of(f"http://127.0.0.1:{ports['port']}"))(statement)[0]

    first = answer()
    assert first["server"] == "first"
    for file in tmp_path.rglob("*"):
        if file.is_file():
            file.write_text(file.read_text().replace("first", "other"))
    assert answer() == {**first, "server": "other"}
