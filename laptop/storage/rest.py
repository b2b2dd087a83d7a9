"""The JSON API over HTTP, and objects as a browser reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from laptop.faults import FaultRegistry, fault_routes
from laptop.policies import PolicyChanged
from laptop.storage.buckets import PRECONDITIONS, Bucket, Buckets, StoredObject
from laptop.storage.errors import StorageError, invalid
from laptop.storage.ranges import byte_range
from laptop.storage.uploads import Sessions, Upload, described_object, multipart

API = "/storage/v1/b"
BUCKET = API + "/{bucket}"
OBJECTS = BUCKET + "/o"
OBJECT = OBJECTS + "/{name:path}"
UPLOADS = "/upload" + OBJECTS
PAGE_SIZE = 1000

Handler = Callable[[Request], Awaitable[Response]]


class StorageApi:
    """Handlers over the buckets of this server."""

    def __init__(self) -> None:
        self.buckets = Buckets()
        self._sessions = Sessions()
        self._faults = FaultRegistry({"write": ("error", "delay"), "read": ("error", "delay")})

    def application(self) -> Starlette:
        """The ASGI application."""
        table: list[tuple[str, str, Handler]] = [
            ("POST", API, self.create_bucket),
            ("GET", API, self.list_buckets),
            ("GET", BUCKET, self.get_bucket),
            ("PATCH", BUCKET, self.patch_bucket),
            ("DELETE", BUCKET, self.delete_bucket),
            ("GET", BUCKET + "/iam", self.get_policy),
            ("PUT", BUCKET + "/iam", self.set_policy),
            ("GET", OBJECTS, self.list_objects),
            ("GET", OBJECT, self.get_object),
            ("DELETE", OBJECT, self.delete_object),
            ("GET", "/download" + OBJECT, self.download),
            ("POST", UPLOADS, self.upload),
            ("PUT", UPLOADS, self.resume),
        ]
        routes = [Route(path, self._guarded(do), methods=[verb]) for verb, path, do in table]
        # Last: every path is also that of an object.
        page = Route("/{bucket}/{name:path}", self.download, methods=["GET"])
        return Starlette(
            routes=[*fault_routes(self._faults), *routes, page],
            exception_handlers={
                StorageError: _refused,
                PolicyChanged: _changed,
                HTTPException: _no_method,
            },
        )

    async def create_bucket(self, request: Request) -> Response:
        """buckets.insert."""
        given = described_object(await request.body())
        project = request.query_params.get("project", "")
        return JSONResponse(self.buckets.create(project, given).resource())

    async def list_buckets(self, request: Request) -> Response:
        """buckets.list."""
        mine = self.buckets.of_project(request.query_params.get("project", ""))
        items = [bucket.resource() for bucket in mine]
        return JSONResponse({"kind": "storage#buckets", "items": items})

    async def get_bucket(self, request: Request) -> Response:
        """buckets.get."""
        return JSONResponse(self._bucket(request).resource())

    async def patch_bucket(self, request: Request) -> Response:
        """buckets.patch."""
        bucket = self._bucket(request)
        bucket.change(described_object(await request.body()))
        return JSONResponse(bucket.resource())

    async def delete_bucket(self, request: Request) -> Response:
        """buckets.delete."""
        self.buckets.delete(request.path_params["bucket"])
        return Response(status_code=204)

    async def get_policy(self, request: Request) -> Response:
        """buckets.getIamPolicy."""
        return JSONResponse(_policy(self._bucket(request)))

    async def set_policy(self, request: Request) -> Response:
        """buckets.setIamPolicy."""
        bucket = self._bucket(request)
        bucket.policies.set(bucket.name, described_object(await request.body()))
        return JSONResponse(_policy(bucket))

    async def list_objects(self, request: Request) -> Response:
        """objects.list: by name, those with a prefix; with a delimiter what lies deeper is one."""
        bucket, query = self._bucket(request), request.query_params
        found = bucket.names(query.get("prefix", ""), query.get("delimiter", ""))
        names = [name for name in found if name > query.get("pageToken", "")]
        shown = names[: _page_size(query.get("maxResults", ""))]
        objects = [bucket.objects[name] for name in shown if not found[name]]
        answer: dict[str, Any] = {
            "kind": "storage#objects",
            "items": [_resource(request, one) for one in objects],
            "prefixes": [name for name in shown if found[name]],
            "nextPageToken": shown[-1] if len(shown) < len(names) else None,
        }
        return JSONResponse({key: value for key, value in answer.items() if value})

    async def get_object(self, request: Request) -> Response:
        """objects.get: what is known of it, or with alt=media its content."""
        if request.query_params.get("alt") == "media":
            return await self.download(request)
        return JSONResponse(_resource(request, self._object(request)))

    async def delete_object(self, request: Request) -> Response:
        """objects.delete."""
        generation = request.query_params.get("generation", "")
        self._bucket(request).delete(request.path_params["name"], _conditions(request), generation)
        return Response(status_code=204)

    async def download(self, request: Request) -> Response:
        """The content, or the range that is asked for, with what was said of it as headers."""
        found = self._object(request)
        headers = {
            "Content-Type": str(found.resource()["contentType"]),
            "Cache-Control": str(found.given.get("cacheControl", "private, max-age=0")),
            "x-goog-generation": str(found.generation),
            "x-goog-hash": f"crc32c={found.crc32c},md5={found.md5}",
        }
        span = byte_range(request.headers.get("range", ""), len(found.content))
        if span is None:
            return Response(found.content, headers=headers)
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{len(found.content)}"
        return Response(found.content[span.start : span.stop], status_code=206, headers=headers)

    async def upload(self, request: Request) -> Response:
        """objects.insert."""
        bucket, query, body = self._bucket(request), request.query_params, await request.body()
        kind = request.headers.get("content-type", "")
        way, name = query.get("uploadType", "media"), query.get("name", "")
        if way == "resumable":
            return self._begin(request, bucket, described_object(body), name)
        if way == "multipart":
            upload = multipart(kind, body, name)
        else:
            upload = Upload(name, {"contentType": kind}, body)
        made = bucket.put(upload.name, upload.content, upload.given, _conditions(request))
        return JSONResponse(_resource(request, made))

    async def resume(self, request: Request) -> Response:
        """One piece of an upload; 308 until it is whole."""
        key = request.query_params.get("upload_id", "")
        bucket, conditions = self._sessions.of(key)
        span = request.headers.get("content-range", "")
        there, whole = self._sessions.take(key, span, await request.body())
        if whole is None:
            headers = {"Range": f"bytes=0-{there - 1}"} if there else {}
            return Response(status_code=308, headers=headers)
        self._sessions.end(key)
        made = self.buckets.get(bucket).put(whole.name, whole.content, whole.given, conditions)
        return JSONResponse(_resource(request, made))

    def _begin(
        self, request: Request, bucket: Bucket, given: dict[str, Any], name: str
    ) -> Response:
        kind = request.headers.get("x-upload-content-type")
        given = {**({"contentType": kind} if kind else {}), **given}
        upload = Upload(name or str(given.get("name", "")), given, b"")
        key = self._sessions.begin(bucket.name, _conditions(request), upload)
        place = request.url.include_query_params(uploadType="resumable", upload_id=key)
        return Response(status_code=200, headers={"Location": str(place)})

    def _bucket(self, request: Request) -> Bucket:
        return self.buckets.get(request.path_params["bucket"])

    def _object(self, request: Request) -> StoredObject:
        bucket, name = self._bucket(request), request.path_params["name"]
        found = bucket.object(name, request.query_params.get("generation", ""))
        bucket.hold(name, _conditions(request), reads=True)
        return found

    def _guarded(self, do: Handler) -> Handler:
        async def endpoint(request: Request) -> Response:
            point = "read" if request.method == "GET" else "write"
            fault = self._faults.take(point, f"{request.method} {request.url}")
            if fault and fault.when == "before":
                await _strike(fault.action, fault.seconds, fault.status, fault.reason)
            answer = await do(request)
            if fault and fault.when == "after":
                await _strike(fault.action, fault.seconds, fault.status, fault.reason)
            return answer

        return endpoint


async def _strike(action: str, seconds: float, status: int, reason: str) -> None:
    if action == "delay":
        await asyncio.sleep(seconds)
    else:
        raise StorageError(status, reason, f"{reason} (asked for by a fault)")


def _resource(request: Request, found: StoredObject) -> dict[str, Any]:
    """The object with the addresses that clients follow."""
    place = f"storage/v1/b/{found.bucket}/o/{quote(found.name, safe='')}"
    media = f"{request.base_url}download/{place}?generation={found.generation}&alt=media"
    return {**found.resource(), "selfLink": f"{request.base_url}{place}", "mediaLink": media}


def _conditions(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.query_params.items() if name in PRECONDITIONS}


def _page_size(text: str) -> int:
    if text and not (text.isdecimal() and int(text)):
        raise invalid(f"Invalid value for maxResults: {text!r}")
    return min(int(text or PAGE_SIZE), PAGE_SIZE)


def _policy(bucket: Bucket) -> dict[str, Any]:
    place = f"projects/_/buckets/{bucket.name}"
    policy = bucket.policies.get(bucket.name)
    return {"kind": "storage#policy", "resourceId": place, **policy}


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, StorageError)  # noqa: S101 - registered for this class only
    if error.status == 304:
        return Response(status_code=error.status)
    return JSONResponse(error.document(), status_code=error.status)


async def _changed(_request: Request, error: Exception) -> Response:
    refusal = StorageError(412, "conditionNotMet", str(error))
    return JSONResponse(refusal.document(), status_code=refusal.status)


async def _no_method(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = f"{request.method} {request.url.path} is no method here"
    return JSONResponse(StorageError(status, "notFound", words).document(), status_code=status)
