"""The emulator's server with this package in front of it."""

from __future__ import annotations

import logging
import socket
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from laptop.service_times import ServiceTimes

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

import bqemulator.server as emulator  # noqa: E402  (it logs while it is imported)
from bqemulator.api.app import create_app  # noqa: E402
from bqemulator.config import LogLevel, Settings  # noqa: E402
from bqemulator.grpc_api import read_servicer  # noqa: E402

from . import (  # noqa: E402
    column_types,
    definitions,
    dialect,
    errors,
    fields,
    json_texts,
    not_a_number,
    partition_view,
    past_reads,
    query_results,
    read_sessions,
    remembered,
    rows,
    run_time_errors,
    scripting,
    table_functions,
    value_types,
    windows,
)
from .absent import remember_absence  # noqa: E402
from .api import answer_unknown, build_app  # noqa: E402
from .engine import SharedEngine  # noqa: E402
from .faults import FaultGate, guard_reads, registry  # noqa: E402
from .history import History  # noqa: E402
from .limits import LAPTOP, Figures, TableLimits  # noqa: E402
from .locations import LocatedCatalog  # noqa: E402
from .read_requests import checking_requests  # noqa: E402

STORAGE_MESSAGE_BYTES = 256 * 2**20


class PortInUse(OSError):
    """A port that another process holds."""


class LocalBigQuery:
    """BigQuery's REST and Storage APIs on two loopback ports, everything in memory."""

    def __init__(
        self,
        port: int,
        grpc_port: int,
        project: str,
        location: str,
        run_endpoint: str | None,
        figures: Figures = LAPTOP,
        times: ServiceTimes | None = None,
    ) -> None:
        """Port 0 takes a free one; PortInUse if one is taken."""
        self._times = times or ServiceTimes()
        self._limits = TableLimits(figures)
        for wanted in (port, grpc_port):
            _check_free(wanted)
        self._location = location
        faults = registry(run_endpoint)
        self._gate = FaultGate(faults, run_endpoint)
        reads = past_reads.reading_the_past(guard_reads(faults))
        reads = checking_requests(query_results.reading_results(reads))
        reads = read_sessions.making_sessions_beside(reads)
        vars(read_servicer).update(BigQueryReadHandler=reads)
        # DuckDB imports it for every statement with parameters.
        remember_absence("pandas")
        errors.install()
        definitions.install()
        dialect.install()
        run_time_errors.install()
        json_texts.install()
        not_a_number.install()
        fields.install()
        rows.install()
        windows.install()
        scripting.install()
        column_types.install()
        value_types.install()
        remembered.install()
        read_sessions.install()
        past_reads.install()
        query_results.install()
        table_functions.install()
        partition_view.install()
        vars(emulator).update(
            DuckDBEngine=SharedEngine,
            SnapshotManager=History,
            MemoryCatalogRepository=type("Catalog", (LocatedCatalog,), {"location": location}),
            create_app=self._create_app,
        )
        settings = Settings(
            rest_port=port,
            grpc_port=grpc_port,
            default_project_id=project,
            log_level=LogLevel.ERROR,
            enable_format_extensions=False,
            metrics_enabled=False,
            # It caps what Storage Read sends, too: a batch of rows must fit into one message.
            write_api_max_request_bytes=STORAGE_MESSAGE_BYTES,
            admin_enabled=False,
        )
        self._server = emulator.EmulatorServer(settings)

    @property
    def ports(self) -> tuple[int, int]:
        """REST and gRPC port, once started."""
        return self._server.rest_port, self._server.grpc_port

    async def start(self) -> None:
        """Open the ports."""
        await self._server.start()

    async def stop(self) -> None:
        """Close the ports and forget everything."""
        await self._server.stop()

    def _create_app(self, context: Any) -> Starlette:
        inner = create_app(context)
        inner.add_exception_handler(HTTPException, answer_unknown)
        return build_app(context, inner, self._location, self._gate, self._limits, self._times)


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortInUse(f"port {port} on 127.0.0.1 is in use: choose another") from None
