"""A tab of any engine on a page of the other site, and in its frames."""

import httpx
from selenium.webdriver.remote.webdriver import WebDriver

from coder_simulator.world import PASSWORD
from tests.browser.embed.host_site import FORWARD_ERRORS, HostSite
from tests.browser.engine_console import console_lines
from tests.browser.engine_tab import IS_LOADED, EngineTab

# Makes all widgets of a page load their frames again.
LOAD_AGAIN = """for (const frame of document.querySelectorAll("iframe"))
  frame.parentElement.setAttribute("density", "compact");"""


class HostTab(EngineTab):
    """The only tab of a browser, on a page of the other site."""

    def __init__(self, driver: WebDriver, portal_url: str, site: HostSite) -> None:
        super().__init__(driver, portal_url)
        self.site = site
        self._lines: list[str] = []  # of the pages before

    def sign_in(self) -> None:
        """Sign Alice in without the form."""
        with httpx.Client(base_url=self.portal_url, trust_env=False) as http:
            http.get("/login/").raise_for_status()
            csrf_token = http.cookies["coder_portal_csrf"]
            fields = {"email": "alice@example.com", "password": PASSWORD, "csrfmiddlewaretoken": csrf_token}
            assert http.post("/login/", data=fields, headers={"Origin": self.portal_url}).is_redirect
            for name, value in http.cookies.items():
                self.driver.add_cookie({"name": name, "value": value, "path": "/"})

    def open_host(self, address: str) -> None:
        """Open a page of the other site."""
        self._lines = self.console_lines()
        self.wait_until(f"return location.protocol === 'about:' || {IS_LOADED}")
        self.driver.get(address)
        self.wait_until(f"return {IS_LOADED}")

    def enter_frame(self, number: int = 0) -> None:
        """Go on in a frame of the page, once it has answered."""
        self.wait_until("return document.querySelectorAll('iframe').length > arguments[0]", number)
        self.driver.switch_to.frame(number)
        self.wait_for("#frame")
        self.wait_until(f"return {IS_LOADED}")
        self.run(FORWARD_ERRORS)

    def wait_for_other_window(self) -> None:
        """Go on in the window that the page has opened."""
        page = self.driver.current_window_handle
        self.wait(lambda: len(self.driver.window_handles) > 1)
        self.driver.switch_to.window(next(each for each in self.driver.window_handles if each != page))

    def leave_frame(self) -> None:
        """Go on in the page around the frame."""
        self.driver.switch_to.default_content()

    def console_lines(self) -> list[str]:
        """Return what the engine and the pages say about errors and violations of policies, and forget it."""
        self.leave_frame()
        lines = [*self._lines, *console_lines(self.driver), *self.run("return window.errors?.splice(0) ?? []")]
        lines += self.site.reports
        self.site.reports.clear()
        self._lines = []
        return [line for line in lines if "/favicon.ico" not in line]  # Chromium asks for it beside a style sheet

    def leave_host(self) -> None:
        """Leave the page while its frames have their streams: the next test ends them."""
        self.leave_frame()
        self.driver.get("about:blank")
