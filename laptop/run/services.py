"""Services of run.v2 as entries: the laptop's services run as processes that others start."""

from __future__ import annotations

import uuid

from google.cloud import run_v2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from laptop.run.errors import ApiError, invalid
from laptop.run.operation import LongRunning
from laptop.run.registry import found, now
from laptop.run.rest import answer, json_body, name_of, parsed

PARENT = "/v2/projects/{project}/locations/{location}"


class ServiceApi:
    """Create and get: what a program needs to learn what was deployed, and as what."""

    def __init__(self) -> None:
        self._services: dict[str, run_v2.Service] = {}

    def routes(self) -> list[Route]:
        """The HTTP methods and paths."""
        return [
            Route(f"{PARENT}/services", self.create, methods=["POST"]),
            Route(f"{PARENT}/services/{{service}}", self.get, methods=["GET"]),
        ]

    async def create(self, request: Request) -> Response:
        """Register a service; done at once, nothing is started."""
        service_id = request.query_params.get("serviceId", "")
        if not service_id:
            raise invalid("serviceId is missing")
        service = parsed(run_v2.Service, await json_body(request))
        service.name = f"{name_of(request)}/{service_id}"
        if service.name in self._services:
            raise ApiError(409, "ALREADY_EXISTS", f"{service.name} already exists")
        service.uid, service.create_time = str(uuid.uuid4()), now()
        self._services[service.name] = service
        location = service.name.partition("/services/")[0]
        done = LongRunning(f"{location}/operations/{uuid.uuid4()}", lambda: service)
        return answer(request, done.message())

    async def get(self, request: Request) -> Response:
        """One service."""
        return answer(request, found(self._services, name_of(request)))
