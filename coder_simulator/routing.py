"""A request as the routes see it: who asks, for what, with which body; and how routes are registered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coder_simulator import gojson
from coder_simulator.errors import ApiError, NotModifiedError, not_found
from coder_simulator.permissions import can, may
from coder_simulator.server import Server
from coder_simulator.sessions import CsrfError, authenticate, check_csrf
from coder_simulator.state import Agent, Build, Organization, Token, User, Workspace
from coder_simulator.world import World

JSON = "application/json; charset=utf-8"
INT32 = range(2**31)

Reply = tuple[int, Any]
Handler = Callable[["Call"], Reply]
AsyncHandler = Callable[["Call"], Awaitable[Response]]


@dataclass(slots=True)
class Call:
    """One request to /api/v2, with its person known where the route asks for one.

    A handler puts what the answer's head says more into `headers`.
    """

    server: Server
    request: Request
    raw: bytes
    token: Token | None = None
    headers: dict[str, str] = field(default_factory=dict)
    _user: User | None = field(default=None)

    @property
    def world(self) -> World:
        """The server's world."""
        return self.server.world

    @property
    def user(self) -> User:
        """The person who asks."""
        if self._user is None:  # pragma: no cover - such a route is not registered as anonymous
            raise RuntimeError("an anonymous route has no person")
        return self._user

    def body(self, struct: str, fields: gojson.Fields) -> dict[str, Any]:
        """Read the JSON body into a Go struct's fields; see `gojson.read`."""
        return gojson.read(self.raw, struct, fields)

    def query(self, name: str, default: str = "") -> str:
        """Return a query parameter."""
        return str(self.request.query_params.get(name, default))

    def flag(self, name: str) -> bool:
        """Read a boolean query parameter as Go does; raises RefusalError (400)."""
        text = self.query(name)
        if text.lower() in {"1", "t", "true"}:
            return True
        if text.lower() in {"", "0", "f", "false"}:
            return False
        detail = "Must be a valid boolean"
        raise ApiError(400, f'Invalid boolean value "{text}" for "{name}" query param.', validations=[(name, detail)])

    def page(self) -> tuple[int, int]:
        """Read `limit` (0: none) and `offset`; raises RefusalError (400) with both faults."""
        problems: list[tuple[str, str]] = []
        numbers = [self._number(name, problems) for name in ("limit", "offset")]
        if problems:
            raise ApiError(400, "Query parameters have invalid values.", validations=problems)
        return numbers[0], numbers[1]

    def _number(self, name: str, problems: list[tuple[str, str]]) -> int:
        text = self.query(name)
        try:
            number = int(text or "0")
        except ValueError:
            why = f'strconv.ParseInt: parsing "{text}": invalid syntax'
        else:
            if number in INT32:
                return number
            why = "value is negative" if number < 0 else f'strconv.ParseInt: parsing "{text}": value out of range'
        problems.append((name, f'Query param "{name}" must be a valid 32-bit positive integer: {why}'))
        return 0

    def uuid(self, name: str) -> str:
        """Return a path parameter that must be a UUID; raises RefusalError (400)."""
        text = str(self.request.path_params[name])
        try:
            return gojson.parse_uuid(text)
        except ValueError as error:
            raise ApiError(400, f'Invalid UUID "{text}".', str(error)) from None

    def person(self, *, readable: bool = True) -> User:
        """Return the person of the path (`me`, a name or an id); with `readable`, only one who may be seen."""
        text = str(self.request.path_params["user"])
        if text == "me":
            return self.user
        found = self.world.find_user(text)
        if found is None and not self.world.modern:
            raise ApiError(400, '"user" must be an existing uuid or username.', f'queried user="{text}"')
        if found is None or (readable and not can(self.user, "read", "user", owner_id=found.id)):
            raise not_found()
        return found

    def organization(self) -> Organization:
        """Return the organisation of the path (id, name or `default`), if the person may see it."""
        text = str(self.request.path_params["organization"])
        for one in self.world.organizations.values():
            meant = text in {one.id, one.name} or (text == "default" and one.is_default)
            if meant and can(self.user, "read", "organization", organization_id=one.id):
                return one
        raise not_found()

    def workspace(self, action: str = "read") -> Workspace:
        """Return the workspace of the path, if the person may read it; deleted ones too."""
        found = self.world.workspaces.get(self.uuid("workspace"))
        if found is None or not may(self.user, action, found):
            raise not_found()
        return found

    def build(self) -> Build:
        """Return the build of the path, if the person may read its workspace."""
        found = self.world.builds.get(self.uuid("build"))
        if found is None or not may(self.user, "read", found.workspace):
            raise not_found()
        return found

    def agent(self) -> Agent:
        """Return the agent of the path, if the person may read its workspace."""
        found = self.world.agents.get(self.uuid("agent"))
        if found is None or not may(self.user, "read", found.workspace):
            raise not_found()
        return found


ROUTES: list[Route] = []


def route(method: str, path: str, *, anonymous: bool = False) -> Callable[[Handler], Handler]:
    """Register a function as the answer to a call; it returns a status and a JSON body (None: no body)."""

    def register(handler: Handler) -> Handler:
        async def answer(request: Request) -> Response:
            try:
                call = await _call(request, anonymous=anonymous)
                status, body = handler(call)
            except ApiError as refusal:
                return reply(refusal.status, refusal.body())
            except NotModifiedError:
                return Response(status_code=304)
            except CsrfError as forgery:
                return Response(str(forgery), status_code=400, media_type="text/plain; charset=utf-8")
            return reply(status, body, call.headers)

        ROUTES.append(Route(f"/api/v2{path}", answer, methods=[method]))
        return handler

    return register


def stream(path: str) -> Callable[[AsyncHandler], AsyncHandler]:
    """Register a coroutine that answers a GET with a response of its own."""

    def register(handler: AsyncHandler) -> AsyncHandler:
        async def answer(request: Request) -> Response:
            try:
                return await handler(await _call(request, anonymous=False))
            except ApiError as refusal:
                return reply(refusal.status, refusal.body())

        ROUTES.append(Route(f"/api/v2{path}", answer, methods=["GET"]))
        return handler

    return register


async def _call(request: Request, *, anonymous: bool) -> Call:
    call = Call(request.app.state.server, request, await request.body())
    call.server.engine.run_due()
    check_csrf(request)
    if not anonymous:
        call.token = authenticate(call.world, request)
        call._user = call.token.user
    return call


def reply(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON answer as Coder sends it."""
    if status == 204:
        return Response(status_code=204)
    return Response(msgspec.json.encode(body), status_code=status, media_type=JSON, headers=headers)
