"""Around every page: signed-in answers are private, and every error of Coder's becomes the right answer."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from workspaces.auth.sessions import Person, SignedOut
from workspaces.coder.client import Coder
from workspaces.coder.errors import CoderError, SessionEnded
from workspaces.gateway import connection, outage
from workspaces.live import telling
from workspaces.views import errors

type GetResponse = Callable[[HttpRequest], HttpResponse]


class Private:
    """Nothing of a page is kept by the browser or by what lies between, and images may come from Coder."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        # Template icons lie at Coder; its address may be known only since Coder told it.
        images = [*settings.SECURE_CSP["img-src"], connection.public_origin()]
        response._csp_config = {**settings.SECURE_CSP, "img-src": images}  # type: ignore[attr-defined]  # as csp_override does
        return response


class Refusals:
    """The one place where an error of Coder's, or the end of a session, becomes an answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        coder: Coder | None = getattr(request, "coder", None)
        if coder and coder.version and response.status_code < 500:
            outage.ends()
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The answer, or None where the exception is none of Coder's."""
        match exception:
            case SignedOut():
                return errors.signed_out(request, ended=exception.ended)
            case SessionEnded():
                return errors.signed_out(request, ended=True)
            case CoderError():
                return errors.refused(request, exception)
        return None


class Told:
    """After each change that somebody made, the streams of their session look again."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        person: Person | None = getattr(request, "person", None)
        if person and request.method == "POST" and request.resolver_match:
            telling.changed(person.fingerprint, request.resolver_match.kwargs.get("workspace_id"))
        return response
