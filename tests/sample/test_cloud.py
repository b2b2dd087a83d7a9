"""Starting the laptop cloud: what goes wrong is said in one line, and nothing stays behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest

from laptop.ports import HOST, Ports
from laptop.service import Process, Service, ServiceFailed
from phase4.cloud.warehouse import Caller, Row, Warehouse
from phase4.errors import NoAnswer
from phase4.tables.arrow import table_of
from sample import cloud as clouds
from sample.kept import folder_of
from sample.league import sample_league, write_league
from tests.command_line import called, only, started

AT = datetime(2025, 1, 2, tzinfo=UTC)
A_RUN = {
    "run_id": "of-the-last-cloud", "kind": "backfill", "state": "SUCCEEDED", "target_table": "l4",
    "start_date": AT.date(), "end_date": AT.date(), "started_at": AT, "lease_expires_at": AT,
}  # fmt: skip


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    ports = Ports.free()
    refusal = rf"port {ports.pubsub} \(pubsub\) is in use"
    with (
        socket.create_server((HOST, ports.pubsub)),
        pytest.raises(clouds.CloudError, match=refusal),
    ):
        clouds.start(tmp_path, ports)


def test_a_service_that_does_not_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    program = "print('first'); raise SystemExit('the engine is missing')"
    service = Service("engine", [sys.executable, "-c", program], Ports.free().run)
    with pytest.raises(ServiceFailed, match=r"engine exited with 1; .*the engine is missing"):
        service.start({}, tmp_path).wait_until_ready()


def test_a_league_folder_without_a_table_is_refused_before_anything_starts(tmp_path: Path) -> None:
    done = called(["local", "up", "--league", str(tmp_path)], os.environ, tmp_path)
    assert done.code == 2
    assert "bdl_player_boxscores.parquet" in done.err
    assert not (tmp_path / ".phase4").exists()


def test_a_league_file_without_a_column_is_refused_by_name(tmp_path: Path) -> None:
    write_league(sample_league(), tmp_path)
    path = tmp_path / "player_game_summary.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["usage_rate"]), path)
    done = called(["local", "up", "--league", str(tmp_path)], os.environ, tmp_path)
    assert done.code == 2
    assert "player_game_summary.parquet" in done.err
    assert "usage_rate" in done.err


def test_commands_without_a_cloud_say_how_to_start_one(tmp_path: Path) -> None:
    done = called(["local", "env"], os.environ, tmp_path)
    assert (done.code, "phase4 local up" in done.err) == (2, True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which a laptop cloud runs, started as people do who want nothing of the last."""
    home = tmp_path_factory.mktemp("home")
    left = folder_of(home / ".phase4")
    left.mkdir(parents=True)
    pq.write_table(table_of("runs", [A_RUN]), left / "runs.parquet")
    up = started(["local", "up", "--detach", "--free-ports", "--fresh"], os.environ, home)
    assert up.code == 0, up.err
    address = clouds.running(home / ".phase4").settings.page("index.html")
    assert f"site, written after every run: {address}\n" in up.err
    yield home
    down = started(["local", "down"], os.environ, home)
    assert down.code == 0, down.err


def asked(folder: Path, statement: str) -> list[Row]:
    """The rows of a statement on the cloud in a folder."""
    cloud = clouds.running(folder / ".phase4")
    with only({**os.environ, **cloud.environment}):
        return Warehouse(cloud.settings, Caller("test")).query(statement)


def test_started_fresh_it_has_the_league_and_nothing_of_the_last_one(folder: Path) -> None:
    [lines] = asked(folder, "SELECT COUNT(*) AS n FROM nba_raw.bdl_player_boxscores"
                    " WHERE game_date >= '2020-01-01'")  # fmt: skip
    assert lines["n"] > 0
    assert asked(folder, f"SELECT 1 FROM nba_ops.runs WHERE run_id = '{A_RUN['run_id']}'") == []


def test_it_starts_detached_and_is_found(folder: Path) -> None:
    lines = started(["local", "env"], os.environ, folder).out.splitlines()
    assert any(line.startswith("export BIGQUERY_EMULATOR_HOST=http://") for line in lines)


def test_a_second_one_in_the_same_folder_is_refused_and_the_first_goes_on(folder: Path) -> None:
    done = called(["local", "up", "--detach", "--free-ports"], os.environ, folder)
    assert (done.code, "`phase4 local down` ends it" in done.err) == (2, True)
    cloud = clouds.running(folder / ".phase4")
    assert all(process.goes_on() for process in cloud.processes)


def test_a_killed_storage_comes_back_with_the_bucket_of_the_site(folder: Path) -> None:
    cloud = clouds.running(folder / ".phase4")
    (killed,) = [process for process in cloud.processes if process.name == "storage"]
    os.kill(killed.pid, signal.SIGKILL)
    until(lambda: not killed.goes_on())
    second = called(["local", "up", "--detach", "--free-ports"], os.environ, folder)
    assert second.code == 2
    assert " without storage: `phase4 local restart storage` brings storage back, " in second.err
    done = called(["local", "restart", "storage"], os.environ, folder)
    assert (done.code, done.err) == (0, "storage answers again\n")
    bucket = f"http://{HOST}:{cloud.ports.storage}/storage/v1/b/{cloud.settings.site_bucket}"
    assert httpx.get(bucket).status_code == 200


def test_a_killed_function_comes_back_although_its_workers_went_on(folder: Path) -> None:
    cloud = clouds.running(folder / ".phase4")
    (killed,) = [process for process in cloud.processes if process.name == "function"]
    os.kill(killed.pid, signal.SIGKILL)
    done = called(["local", "restart", "function"], os.environ, folder)
    assert (done.code, done.err) == (0, "function answers again\n")


def test_killed_services_come_back_with_what_was_deployed(folder: Path) -> None:
    cloud = clouds.running(folder / ".phase4")
    for service in ("run", "workflows", "bigquery"):
        (killed,) = [process for process in cloud.processes if process.name == service]
        os.kill(killed.pid, signal.SIGKILL)
        done = called(["local", "restart", service], os.environ, folder)
        assert (done.code, done.err) == (0, f"{service} answers again\n")
    filled = called(
        ["run", "--date", "2025-01-02", "--canary-dates", "0", "--json"],
        {**os.environ, **cloud.environment},
        folder,
    )
    assert filled.code == 0, filled.err


def test_a_service_that_does_not_exist_cannot_be_restarted(folder: Path) -> None:
    done = called(["local", "restart", "spanner"], os.environ, folder)
    assert (done.code, "no service 'spanner'" in done.err) == (2, True)


def test_what_the_tables_held_they_hold_again_after_down_and_up(folder: Path) -> None:
    def held() -> tuple[int, int, int]:
        [row] = asked(
            folder,
            "SELECT (SELECT COUNT(*) FROM nba_ops.runs) AS runs,"
            " (SELECT COUNT(*) FROM nba_precompute.player_composite_factors"
            " WHERE game_date >= '2020-01-01') AS factors,"
            " (SELECT COUNT(*) FROM nba_raw.bdl_player_boxscores"
            " WHERE game_date >= '2020-01-01') AS lines",
        )
        return row["runs"], row["factors"], row["lines"]

    values = ", ".join(repr(str(value)) for value in A_RUN.values())
    asked(folder, f"INSERT INTO nba_ops.runs ({', '.join(A_RUN)}) VALUES ({values})")
    before = held()
    assert min(before) > 0
    assert started(["local", "down"], os.environ, folder).code == 0
    up = started(["local", "up", "--detach", "--free-ports"], os.environ, folder)
    assert (up.code, "with the tables of the last time" in up.err) == (0, True), up.err
    assert held() == before


def test_a_cloud_whose_bigquery_is_gone_says_at_once_that_no_table_is_kept(tmp_path: Path) -> None:
    gone = clouds.Cloud(tmp_path, Ports.free(), (), clouds.local_settings())
    with pytest.raises(NoAnswer, match="its tables went with it"):
        gone.keep()


def test_stopping_ends_what_was_started_and_no_process_that_got_its_number_since() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        stranger = Process("run", other.pid, (sys.executable, "-m", "laptop.run", "--port", "1"))
        clouds.Cloud(Path("nowhere"), Ports(), (stranger,), clouds.local_settings()).stop()
        assert other.poll() is None
        other.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux tells of processes")
def test_a_signal_in_the_middle_of_starting_leaves_no_process(tmp_path: Path) -> None:
    mark = f"PHASE4_TEST_MARK={uuid.uuid4().hex}"
    name, _, value = mark.partition("=")
    with subprocess.Popen(
        [sys.executable, "-c", "from phase4.cli import main; main()",
         "local", "up", "--detach", "--free-ports"],
        env={**os.environ, name: value}, cwd=tmp_path, stderr=subprocess.PIPE, text=True,
    ) as up:  # fmt: skip
        until(lambda: len(marked(mark)) >= 4)
        up.send_signal(signal.SIGTERM)
        _, said = up.communicate(timeout=60)
    assert (up.returncode, "Traceback" in said) == (130, False)
    until(lambda: not marked(mark))


def marked(mark: str) -> list[Path]:
    """The processes that have a variable."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in environ.read_bytes():
                found.append(environ)
    return found


def until(holds: Callable[[], bool]) -> None:
    """Returns once it holds."""
    give_up = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.02)
