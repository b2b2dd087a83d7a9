"""Who may do what with a table: its IAM policy, read and replaced whole."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from laptop.policies import Policies, PolicyChanged

from .errors import BigQueryError


class TablePolicies:
    """tables.getIamPolicy and setIamPolicy; nothing here is refused for want of a role."""

    def __init__(self) -> None:
        self._policies = Policies()

    def routes(self, table: str) -> list[Route]:
        """The routes of the path of a table."""
        return [
            Route(f"{table}:getIamPolicy", self.get, methods=["POST"]),
            Route(f"{table}:setIamPolicy", self.set, methods=["POST"]),
        ]

    async def get(self, request: Request) -> Response:
        """tables.getIamPolicy."""
        return JSONResponse(self._policies.get(_table(request)))

    async def set(self, request: Request) -> Response:
        """tables.setIamPolicy; a policy that changed meanwhile is not overwritten."""
        body = await request.json()
        try:
            return JSONResponse(self._policies.set(_table(request), body.get("policy", {})))
        except PolicyChanged as changed:
            raise BigQueryError("conditionNotMet", str(changed), status=412) from None


def _table(request: Request) -> str:
    names = request.path_params
    return f"{names['project']}:{names['dataset']}.{names['table']}"
