"""Browsers without a window, to portals that run in processes of their own."""

from contextlib import ExitStack

import httpx

from coder_simulator.world import PASSWORD

ALICE = {"email": "alice@example.com", "password": PASSWORD}


class BrowserSessions(ExitStack):
    """Those of one test. Cookies know no port, so that each is the same one to several portals of this machine."""

    def open_client(self, cookies: httpx.Cookies | None = None) -> httpx.Client:
        """A browser that nobody is signed in with."""
        return self.enter_context(httpx.Client(trust_env=False, timeout=30, cookies=cookies))

    def copy_client(self, other: httpx.Client) -> httpx.Client:
        """One that has got hold of the cookies of another."""
        return self.open_client(httpx.Cookies(other.cookies))

    def sign_in(self, portal_url: str, credentials: dict[str, str] = ALICE) -> tuple[httpx.Client, int]:
        """A browser after a try to sign in, and the status of the answer."""
        client = self.open_client()
        client.get(f"{portal_url}/login/")
        return client, post_form(client, f"{portal_url}/login/", **credentials).status_code


def post_form(client: httpx.Client, url: str, **fields: str) -> httpx.Response:
    """Send a form, as a page of the portal would."""
    return client.post(url, data={"csrfmiddlewaretoken": client.cookies["coder_portal_csrf"], **fields})


def is_signed_in(client: httpx.Client, portal_url: str) -> bool:
    """Whether this browser is signed in there."""
    answer = client.get(f"{portal_url}/account/")
    assert answer.status_code in {200, 302}
    return answer.status_code == 200
