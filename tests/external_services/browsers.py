"""Browsers without a window, to portals that run in processes of their own."""

from contextlib import ExitStack

import httpx

from coder_simulator.world import PASSWORD

ALICE = {"email": "alice@example.com", "password": PASSWORD}


class BrowserSessions(ExitStack):
    """Those of one test. Cookies know no port, so that each is the same one to several portals of this machine."""

    def new(self, cookies: httpx.Cookies | None = None) -> httpx.Client:
        """A browser that nobody is signed in with."""
        return self.enter_context(httpx.Client(trust_env=False, timeout=30, cookies=cookies))

    def copy(self, other: httpx.Client) -> httpx.Client:
        """One that has got hold of the cookies of another."""
        return self.new(httpx.Cookies(other.cookies))

    def sign_in(self, at: str, person: dict[str, str] = ALICE) -> tuple[httpx.Client, int]:
        """A browser after a try to sign in, and the status of the answer."""
        client = self.new()
        client.get(f"{at}/login/")
        return client, send(client, f"{at}/login/", **person).status_code


def send(client: httpx.Client, address: str, **fields: str) -> httpx.Response:
    """Send a form, as a page of the portal would."""
    return client.post(address, data={"csrfmiddlewaretoken": client.cookies["coder_portal_csrf"], **fields})


def is_signed_in(client: httpx.Client, at: str) -> bool:
    """Whether this browser is signed in there."""
    answer = client.get(f"{at}/account/")
    assert answer.status_code in {200, 302}
    return answer.status_code == 200
