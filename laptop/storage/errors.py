"""Refusals in the shape of the JSON API."""

from __future__ import annotations

from typing import Any


class StorageError(Exception):
    """A refused request: HTTP status, one of the API's reasons, one line for the caller."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message

    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        each = {"message": self.message, "domain": "global", "reason": self.reason}
        return {"error": {"code": self.status, "message": self.message, "errors": [each]}}


def invalid(message: str) -> StorageError:
    """400: what was asked for can never be."""
    return StorageError(400, "invalid", message)


def not_found(message: str) -> StorageError:
    """404."""
    return StorageError(404, "notFound", message)
