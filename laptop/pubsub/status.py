"""Refusals: one gRPC status, one line, and the HTTP status that stands for it."""

from __future__ import annotations

from grpc import StatusCode

HTTP_STATUS = {
    StatusCode.INVALID_ARGUMENT: 400,
    StatusCode.FAILED_PRECONDITION: 400,
    StatusCode.OUT_OF_RANGE: 400,
    StatusCode.UNAUTHENTICATED: 401,
    StatusCode.PERMISSION_DENIED: 403,
    StatusCode.NOT_FOUND: 404,
    StatusCode.ALREADY_EXISTS: 409,
    StatusCode.RESOURCE_EXHAUSTED: 429,
    StatusCode.INTERNAL: 500,
    StatusCode.UNIMPLEMENTED: 501,
    StatusCode.UNAVAILABLE: 503,
    StatusCode.DEADLINE_EXCEEDED: 504,
}
_CODE = {400: StatusCode.INVALID_ARGUMENT} | {
    status: code for code, status in HTTP_STATUS.items() if status != 400
}


def code_of(http_status: int) -> StatusCode:
    """The gRPC status that a client sees for an HTTP status."""
    return _CODE.get(http_status, StatusCode.INTERNAL)


class Refused(Exception):
    """A call that is answered with an error status."""

    def __init__(self, code: StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def http_status(self) -> int:
        """What REST clients see."""
        return HTTP_STATUS[self.code]

    def document(self) -> dict[str, object]:
        """The error as Google's REST APIs put it."""
        error = {"code": self.http_status, "message": self.message, "status": self.code.name}
        return {"error": error}
