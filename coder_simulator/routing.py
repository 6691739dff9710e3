"""Register the routes of /api/v2 and give them the request with its user, path and body."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coder_simulator import gojson
from coder_simulator.errors import ApiError, NotModifiedError, not_found
from coder_simulator.gojson import parse_uuid
from coder_simulator.permissions import is_allowed, is_allowed_on_workspace
from coder_simulator.query_terms import Parser, parse_positive_int32, parse_query_uuid, parse_values
from coder_simulator.server import Server
from coder_simulator.sessions import CsrfError, authenticate, check_csrf
from coder_simulator.state import Agent, Build, Organization, Token, User, Workspace
from coder_simulator.world import World

JSON = "application/json; charset=utf-8"
INVALID_QUERY_MESSAGE = "Query parameters have invalid values."

Reply = tuple[int, Any]
Handler = Callable[["Call"], Reply]
AsyncHandler = Callable[["Call"], Awaitable[Response]]


@dataclass(slots=True)
class Call:
    """One request to /api/v2, with its user if the route is not anonymous.

    A handler adds response headers to `headers`.
    """

    server: Server
    request: Request
    raw_body: bytes
    token: Token | None = None
    headers: dict[str, str] = field(default_factory=dict)
    _user: User | None = field(default=None)

    @property
    def world(self) -> World:
        """Return the server's world."""
        return self.server.world

    @property
    def user(self) -> User:
        """Return the authenticated user."""
        if self._user is None:  # pragma: no cover - such a route is not registered as anonymous
            raise RuntimeError("an anonymous route has no person")
        return self._user

    def read_body(self, struct: str, fields: gojson.Fields) -> dict[str, Any]:
        """Decode the JSON body into a Go struct's fields; see `gojson.decode`."""
        return gojson.decode(self.raw_body, struct, fields)

    def query(self, name: str, default: str = "") -> str:
        """Return a query parameter."""
        return str(self.request.query_params.get(name, default))

    def query_flag(self, name: str) -> bool:
        """Return a boolean query parameter, parsed as Go does; raise ApiError (400)."""
        text = self.query(name)
        if text.lower() in {"1", "t", "true"}:
            return True
        if text.lower() in {"", "0", "f", "false"}:
            return False
        detail = "Must be a valid boolean"
        raise ApiError(400, f'Invalid boolean value "{text}" for "{name}" query param.', validations=[(name, detail)])

    def pagination(self) -> tuple[int, int]:
        """Return `limit` (0: none) and `offset`; raise ApiError (400) with all problems, also of `after_id`."""
        problems: list[tuple[str, str]] = []
        try:
            self.after_id()
        except ValueError as error:
            problems.append(("after_id", str(error)))
        numbers = [self._query_number(name, problems) for name in ("limit", "offset")]
        if problems:
            raise ApiError(400, INVALID_QUERY_MESSAGE, validations=problems)
        return numbers[0], numbers[1]

    def after_id(self) -> str:
        """Return the id in `after_id` ("": none); raise ValueError with Coder's message."""
        text = self.query("after_id")
        return parse_query_uuid("after_id", text) if text else ""

    def _query_number(self, name: str, problems: list[tuple[str, str]]) -> int:
        try:
            return parse_positive_int32(name, self.query(name) or "0")
        except ValueError as error:
            problems.append((name, str(error)))
            return 0

    def query_values(
        self,
        parsers: dict[str, Parser],
        *,
        required: Collection[str] = (),
        message: str = INVALID_QUERY_MESSAGE,
    ) -> dict[str, Any]:
        """Return the values of the query parameters; an unknown one is a problem. Raise ApiError (400) with all."""
        texts: dict[str, list[str]] = {}
        for name, text in self.request.query_params.multi_items():
            if text or name not in parsers:
                texts.setdefault(name, []).append(text)
        values, problems = parse_values(texts, parsers, required)
        if problems:
            raise ApiError(400, message, validations=problems)
        return values

    def path_uuid(self, name: str) -> str:
        """Return a path parameter that must be a UUID; raise ApiError (400)."""
        text = str(self.request.path_params[name])
        try:
            return parse_uuid(text)
        except ValueError as error:
            raise ApiError(400, f'Invalid UUID "{text}".', str(error)) from None

    def path_user(self, *, readable: bool = True, is_member: bool = False) -> User:
        """Return the path's user (`me`, a name or an id); with `readable`, only a user that may be read.

        `is_member`: the path is that of a member of an organization, for which 2.19 answers 404, too.
        """
        text = str(self.request.path_params["user"])
        if text == "me":
            return self.user
        user = self.world.find_user(text)
        if user and (not readable or is_allowed(self.world, self.user, "read", "user", owner_id=user.id)):
            return user
        if not self.world.modern and not is_member:
            raise ApiError(400, '"user" must be an existing uuid or username.', f'queried user="{text}"')
        raise not_found()

    def path_organization(self) -> Organization:
        """Return the path's organization (id, name or `default`) if the user may read it."""
        text = str(self.request.path_params["organization"])
        for organization in self.world.organizations.values():
            matches = text in {organization.id, organization.name} or (text == "default" and organization.is_default)
            if matches and is_allowed(self.world, self.user, "read", "organization", organization_id=organization.id):
                return organization
        raise not_found()

    def path_workspace(self, action: str = "read") -> Workspace:
        """Return the path's workspace, deleted or not, if the user may do `action` on it."""
        workspace = self.world.workspaces.get(self.path_uuid("workspace"))
        if workspace is None or not is_allowed_on_workspace(self.world, self.user, action, workspace):
            raise not_found()
        return workspace

    def path_build(self) -> Build:
        """Return the path's build if the user may read its workspace."""
        build = self.world.builds.get(self.path_uuid("build"))
        if build is None or not is_allowed_on_workspace(self.world, self.user, "read", build.workspace):
            raise not_found()
        return build

    def path_agent(self) -> Agent:
        """Return the path's agent if the user may read its workspace."""
        agent = self.world.agents.get(self.path_uuid("agent"))
        if agent is None or not is_allowed_on_workspace(self.world, self.user, "read", agent.workspace):
            raise not_found()
        return agent


ROUTES: list[Route] = []


def route(
    method: str, path: str, *, anonymous: bool = False, since_2_36: bool = False, enterprise: bool = False
) -> Callable[[Handler], Handler]:
    """Register a handler that returns a status and a JSON body (None: no body).

    2.19 has no route `since_2_36`, and a build from the open-source code alone has no `enterprise` route.
    """

    def register(handler: Handler) -> Handler:
        async def endpoint(request: Request) -> Response:
            try:
                call = await _create_call(request, anonymous=anonymous)
                world = call.world
                if (since_2_36 and not world.modern) or (enterprise and not world.enterprise_build):
                    raise ApiError(404, "Route not found.")
                status, body = handler(call)
            except ApiError as refusal:
                return json_response(refusal.status, refusal.body())
            except NotModifiedError:
                return Response(status_code=304)
            except CsrfError as forgery:
                return Response(str(forgery), status_code=400, media_type="text/plain; charset=utf-8")
            return json_response(status, body, call.headers)

        ROUTES.append(Route(f"/api/v2{path}", endpoint, methods=[method]))
        return handler

    return register


def stream_route(path: str) -> Callable[[AsyncHandler], AsyncHandler]:
    """Register a coroutine that answers a GET with its own response."""

    def register(handler: AsyncHandler) -> AsyncHandler:
        async def endpoint(request: Request) -> Response:
            try:
                return await handler(await _create_call(request, anonymous=False))
            except ApiError as refusal:
                return json_response(refusal.status, refusal.body())

        ROUTES.append(Route(f"/api/v2{path}", endpoint, methods=["GET"]))
        return handler

    return register


async def _create_call(request: Request, *, anonymous: bool) -> Call:
    call = Call(request.app.state.server, request, await request.body())
    call.server.engine.run_due()
    check_csrf(request)
    if not anonymous:
        call.token = authenticate(call.world, request)
        call._user = call.token.user
    return call


def json_response(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON response as Coder sends it."""
    if status == 204:
        return Response(status_code=204)
    return Response(msgspec.json.encode(body), status_code=status, media_type=JSON, headers=headers)
