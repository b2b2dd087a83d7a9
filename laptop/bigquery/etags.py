"""A change of a dataset, a table or a routine that somebody else has changed since is refused."""

from __future__ import annotations

import re
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import BigQueryError

_RESOURCE = re.compile(
    r"/bigquery/v2/projects/(?P<project>[^/]+)/datasets/(?P<dataset>[^/]+)"
    r"(?:/(?P<kind>tables|routines)/(?P<name>[^/:$]+))?"
)
_CHANGES = ("PATCH", "PUT", "DELETE")


class Preconditions:
    """In front of an application: a request with If-Match goes on while its etag is the newest."""

    def __init__(self, app: ASGIApp, catalog: Any) -> None:
        self._application = app
        self._catalog = catalog

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] in _CHANGES:
            wanted = Headers(scope=scope).get("if-match", "*")
            if wanted != "*" and self._etag(scope["path"]) not in ("", wanted):
                refused = BigQueryError("conditionNotMet", "Precondition check failed.", 412)
                await JSONResponse(refused.body(), status_code=412)(scope, receive, send)
                return
        await self._application(scope, receive, send)

    def _etag(self, path: str) -> str:
        """Of what is there; '' of what is not, and of what has none here."""
        if (found := _RESOURCE.fullmatch(path)) is None:
            return ""
        project, dataset, kind, name = found.group("project", "dataset", "kind", "name")
        look = {"tables": self._catalog.get_table, "routines": self._catalog.get_routine}
        owner = (project, dataset)
        resource = look[kind](*owner, name) if kind else self._catalog.get_dataset(*owner)
        return str(resource.etag) if resource else ""
