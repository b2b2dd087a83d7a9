"""The API's discovery document, which `bq` asks an endpoint for; taken from what is installed."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


def _candidates() -> list[Path]:
    found = []
    bq = shutil.which("bq")
    if bq:
        folder = Path(bq).resolve().parent.parent
        found.append(folder / "platform/bq/discovery_next/bigquery.json")
    package = importlib.util.find_spec("googleapiclient")
    if package is not None and package.origin:
        folder = Path(package.origin).parent
        found.append(folder / "discovery_cache/documents/bigquery.v2.json")
    return [path for path in found if path.exists()]


async def discovery(request: Request) -> Response:
    """The document with this server as its root; 404 where no client brought one along."""
    paths = _candidates()
    if not paths:
        return JSONResponse({"error": {"code": 404, "message": "no discovery document"}}, 404)
    root = str(request.base_url)
    document: dict[str, Any] = json.loads(paths[0].read_text())
    document |= {
        "rootUrl": root,
        "baseUrl": f"{root}bigquery/v2/",
        "servicePath": "bigquery/v2/",
        "mtlsRootUrl": root,
    }
    return JSONResponse(document)
