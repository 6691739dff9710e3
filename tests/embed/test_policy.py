"""Test that the middleware completes a view's own Content-Security-Policy instead of overwriting it."""

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.views.decorators.csp import csp_override
from pytest_django.fixtures import Settings

from workspaces.gateway import connection
from workspaces.middleware import NoStoreMiddleware


def policy_of(response: HttpResponse) -> dict[str, list[str]]:
    return dict(response._csp_config)  # type: ignore[attr-defined]  # as csp_override sets it


def test_view_replaces_directives_and_keeps_the_others(settings: Settings) -> None:
    @csp_override({"frame-ancestors": ["https://intranet.example.com"], "img-src": ["data:"]})
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    policy = policy_of(NoStoreMiddleware(view)(RequestFactory().get("/")))
    assert policy["frame-ancestors"] == ["https://intranet.example.com"]
    assert policy["img-src"] == ["data:", connection.public_origin()]
    unchanged = settings.SECURE_CSP.keys() - {"frame-ancestors", "img-src"}
    assert {name: policy[name] for name in unchanged} == {name: settings.SECURE_CSP[name] for name in unchanged}


def test_view_without_policy_gets_that_of_the_settings(settings: Settings) -> None:
    policy = policy_of(NoStoreMiddleware(lambda request: HttpResponse())(RequestFactory().get("/")))
    assert policy == settings.SECURE_CSP | {"img-src": [*settings.SECURE_CSP["img-src"], connection.public_origin()]}
