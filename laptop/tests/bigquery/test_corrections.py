"""Every correction of the emulator: what is seen here is the service's, and it is still needed.

The second half fails when a new emulator does by itself what was corrected: then the correction
and its row of docs/emulator.md go.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlglot
from bqemulator.sql.translator import SQLTranslator

from laptop.bigquery.remembered import RememberingTranslator

from .corrections import CORRECTIONS, Correction, Server, like, seen
from .servers import Running, client_of, querying, reader_of, serving

_numbers = itertools.count()


@pytest.fixture(scope="module")
def alone() -> Iterator[dict[str, Any]]:
    with serving("laptop.tests.bigquery.emulator_alone") as ports:
        yield ports


@pytest.fixture(scope="module")
def here(running: Running) -> Iterator[dict[str, Any]]:
    with running("--service-limits") as ports:
        yield ports


def server_at(ports: dict[str, Any]) -> Server:
    """A client of its own for each test: some errors of the emulator end the connection."""
    client = client_of(f"http://127.0.0.1:{ports['port']}")
    dataset = f"corrected{next(_numbers)}"
    client.create_dataset(dataset)
    server = Server(client, querying(client), reader_of(ports["grpc_port"]), dataset)
    server.fill()
    return server


every_correction = pytest.mark.parametrize("correction", CORRECTIONS.values(), ids=CORRECTIONS)


@every_correction
def test_here_it_is_as_in_the_service(here: dict[str, Any], correction: Correction) -> None:
    found = seen(correction, server_at(here))
    assert like(found, correction.service), found


@every_correction
def test_the_emulator_alone_still_needs_it(alone: dict[str, Any], correction: Correction) -> None:
    found = seen(correction, server_at(alone))
    assert like(found, correction.alone), found


@pytest.mark.parametrize(
    ("translator", "again"), [(SQLTranslator, True), (RememberingTranslator, False)]
)
def test_statements_read_once(
    monkeypatch: pytest.MonkeyPatch, translator: Callable[[], SQLTranslator], again: bool
) -> None:
    translate = translator().translate
    translate("SELECT 1 AS n")
    read: list[str] = []
    parse: Callable[..., sqlglot.Expr] = sqlglot.parse_one

    def noted(sql: str, **options: Any) -> sqlglot.Expr:
        read.append(sql)
        return parse(sql, **options)

    monkeypatch.setattr(sqlglot, "parse_one", noted)
    translate("SELECT 1 AS n")
    assert bool(read) is again
