"""HTTP clients that act as browsers, for portals in separate processes."""

from contextlib import ExitStack

import httpx

from coder_simulator.world import PASSWORD

ALICE = {"email": "alice@example.com", "password": PASSWORD}


class BrowserSessions(ExitStack):
    """The clients of one test. Cookies are not bound to a port, so all portals of this machine share them."""

    def open_client(self, cookies: httpx.Cookies | None = None) -> httpx.Client:
        """Return a client that is not signed in."""
        return self.enter_context(httpx.Client(trust_env=False, timeout=30, cookies=cookies))

    def copy_client(self, client: httpx.Client) -> httpx.Client:
        """Return a client with the cookies of another."""
        return self.open_client(httpx.Cookies(client.cookies))

    def sign_in(self, portal_url: str, credentials: dict[str, str] = ALICE) -> tuple[httpx.Client, int]:
        """Try to sign in with a new client; return the client and the status of the response."""
        client = self.open_client()
        client.get(f"{portal_url}/login/")
        return client, post_form(client, f"{portal_url}/login/", **credentials).status_code


def post_form(client: httpx.Client, url: str, **fields: str) -> httpx.Response:
    """Submit a form with the client's CSRF token."""
    return client.post(url, data={"csrfmiddlewaretoken": client.cookies["coder_portal_csrf"], **fields})


def is_signed_in(client: httpx.Client, portal_url: str) -> bool:
    """Return whether this client is signed in at the portal."""
    response = client.get(f"{portal_url}/account/")
    assert response.status_code in {200, 302}
    return response.status_code == 200
