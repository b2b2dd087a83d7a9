"""Refusals of the API, in the shape of google.rpc.Status over HTTP."""

from __future__ import annotations


class ApiError(Exception):
    """A refused request: HTTP code, google.rpc code name and one line for the caller."""

    def __init__(self, code: int, status: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message

    def document(self) -> dict[str, object]:
        """The JSON body of the answer."""
        error = {"code": self.code, "message": self.message, "status": self.status}
        return {"error": error}


def invalid(message: str) -> ApiError:
    """400: the request names a field or a value that Cloud Run refuses."""
    return ApiError(400, "INVALID_ARGUMENT", message)


def missing(name: str) -> ApiError:
    """404: no resource has this name."""
    return ApiError(404, "NOT_FOUND", f"{name} does not exist")
