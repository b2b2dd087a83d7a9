"""Resource Manager, Service Usage and IAM as far as they concern one project."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from laptop.policies import PolicyChanged
from laptop.project.state import Project, Refused

PROJECT = "/v1/projects/{project}"
SERVICES = PROJECT + "/services"
ACCOUNTS = PROJECT + "/serviceAccounts"
ROLES = PROJECT + "/roles"

Handler = Callable[[Request, Project, dict[str, Any]], dict[str, Any]]


class ProjectApi:
    """Handlers over the projects that were asked for; each exists from its first request on."""

    def __init__(self) -> None:
        self.projects: dict[str, Project] = {}

    def application(self) -> Starlette:
        """The ASGI application."""
        table: list[tuple[str, str, Handler]] = [
            ("POST", PROJECT + ":getIamPolicy", self.get_policy),
            ("POST", PROJECT + ":setIamPolicy", self.set_policy),
            ("GET", PROJECT, lambda _request, project, _body: project.resource()),
            ("POST", SERVICES + ":batchEnable", self.enable),
            ("GET", SERVICES, self.list_services),
            ("POST", SERVICES + "/{service}:enable", self.enable),
            ("POST", "/v1beta1/projects/{project}/services/{service}:generateServiceIdentity",
             self.generate_identity),
            ("POST", ACCOUNTS, self.create_account),
            ("GET", ACCOUNTS + "/{email}", self.get_account),
            ("POST", ROLES, self.create_role),
            ("GET", ROLES + "/{role}", self.get_role),
        ]  # fmt: skip
        return Starlette(
            routes=[Route(path, self._endpoint(do), methods=[verb]) for verb, path, do in table],
            exception_handlers={
                Refused: _refused,
                PolicyChanged: _changed,
                HTTPException: _no_method,
            },
        )

    def get_policy(self, _request: Request, project: Project, _: dict[str, Any]) -> dict[str, Any]:
        """projects.getIamPolicy."""
        return project.policies.get(project.name)

    def set_policy(
        self, _request: Request, project: Project, body: dict[str, Any]
    ) -> dict[str, Any]:
        """projects.setIamPolicy."""
        policy = body.get("policy", {})
        project.check_members(policy)
        return project.policies.set(project.name, policy)

    def list_services(
        self, request: Request, project: Project, _: dict[str, Any]
    ) -> dict[str, Any]:
        """services.list of those that are on."""
        if request.query_params.get("filter") != "state:ENABLED":
            raise Refused(400, "filter: only state:ENABLED is listed here")
        prefix = f"projects/{project.number}/services"
        names = sorted(project.services)
        return {"services": [{"name": f"{prefix}/{name}", "state": "ENABLED"} for name in names]}

    def enable(self, request: Request, project: Project, body: dict[str, Any]) -> dict[str, Any]:
        """services.enable and services.batchEnable; done at once."""
        one = request.path_params.get("service")
        project.services |= {one} if one else set(body.get("serviceIds", []))
        return _done({"@type": "type.googleapis.com/google.api.serviceusage.v1.EnableService"})

    def generate_identity(
        self, request: Request, project: Project, _: dict[str, Any]
    ) -> dict[str, Any]:
        """services.generateServiceIdentity; done at once."""
        kind = "type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity"
        return _done({"@type": kind, **project.agent(request.path_params["service"])})

    def create_account(
        self, _request: Request, project: Project, body: dict[str, Any]
    ) -> dict[str, Any]:
        """serviceAccounts.create."""
        return project.create_account(body.get("accountId", ""), body.get("serviceAccount", {}))

    def get_account(self, request: Request, project: Project, _: dict[str, Any]) -> dict[str, Any]:
        """serviceAccounts.get."""
        return project.account(request.path_params["email"])

    def create_role(
        self, _request: Request, project: Project, body: dict[str, Any]
    ) -> dict[str, Any]:
        """projects.roles.create."""
        return project.create_role(body.get("roleId", ""), body.get("role", {}))

    def get_role(self, request: Request, project: Project, _: dict[str, Any]) -> dict[str, Any]:
        """projects.roles.get."""
        return project.role(f"projects/{project.name}/roles/{request.path_params['role']}")

    def _endpoint(self, do: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await request.json() if await request.body() else {}
            name = request.path_params["project"]
            project = self.projects.setdefault(name, Project(name))
            return JSONResponse(do(request, project, body))

        return endpoint


def _done(response: dict[str, Any]) -> dict[str, Any]:
    return {"name": f"operations/acat.{uuid.uuid4()}", "done": True, "response": response}


def _answer(code: int, status: str, message: str) -> Response:
    error = {"code": code, "message": message, "status": status}
    return JSONResponse({"error": error}, status_code=code)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - registered for this class only
    return _answer(error.code, error.status, error.message)


async def _changed(_request: Request, error: Exception) -> Response:
    return _answer(409, "ABORTED", str(error))


async def _no_method(request: Request, error: Exception) -> Response:
    code = error.status_code if isinstance(error, HTTPException) else 500
    return _answer(code, "NOT_FOUND", f"{request.method} {request.url.path} is no method here")
