"""Sign-in in a browser."""

from playwright.sync_api import Page

from coder_simulator.world import PASSWORD


def sign_in_by_request(page: Page, name: str = "alice") -> None:
    """Sign a user in without opening the form."""
    request = page.context.request
    request.get("/login/")
    (csrf_token,) = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "coder_portal_csrf"]
    fields: dict[str, str | float | bool] = {"csrfmiddlewaretoken": csrf_token, "password": PASSWORD}
    assert request.post("/login/", form={**fields, "email": f"{name}@example.com"}).ok


def sign_in_by_form(page: Page, name: str = "alice", address: str = "/login/") -> None:
    """Sign a user in through the form."""
    page.goto(address)
    page.get_by_label("Email").fill(f"{name}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/login/" not in url)
