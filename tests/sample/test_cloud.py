"""Starting the laptop cloud: what goes wrong is said in one line, and nothing stays behind."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from laptop.ports import HOST, Ports
from laptop.service import Service, ServiceFailed
from sample import cloud as clouds
from sample.league import sample_league, write_league
from tests.command_line import called, started


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
    import pyarrow.parquet as pq

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


def test_it_starts_detached_is_found_and_stops(tmp_path: Path) -> None:
    up = started(["local", "up", "--detach", "--free-ports"], os.environ, tmp_path)
    assert up.code == 0, up.err
    lines = started(["local", "env"], os.environ, tmp_path).out.splitlines()
    cloud = clouds.running(tmp_path / ".phase4")
    down = started(["local", "down"], os.environ, tmp_path)
    assert any(line.startswith("export BIGQUERY_EMULATOR_HOST=http://") for line in lines)
    assert down.code == 0
    assert cloud.ports.taken() is None
