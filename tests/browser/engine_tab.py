"""A tab of any engine, through Selenium. Waits look at the page again and again until it shows what is expected."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from selenium.common.exceptions import NoSuchFrameException, StaleElementReferenceException, TimeoutException
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from coder_simulator.world import PASSWORD

WAIT_S = 30.0
POLL_S = 0.05
DELETION_S, DELETIONS = 3.0, 10  # of cookies
# The event of the load has ended, too: WebKit's driver answers nothing any more where a tab leaves a page before.
IS_LOADED = "performance.getEntriesByType('navigation')[0]?.loadEventEnd > 0"
IS_READY = f"return {IS_LOADED} && window.htmx !== undefined"
# Stores across pages what a page logs as an error, also while it is left, and what it says for screen readers.
RECORD = """window.recording = true;
const recorded = key => sessionStorage.getItem(key) ?? "";
const record = (key, text) => sessionStorage.setItem(key, recorded(key) + text + "\\n");
for (const name of ["error", "warn"]) {
  const log = console[name];
  console[name] = (...parts) => { record("logged", parts[0]); log(...parts); };
}
addEventListener("error", ({message}) => record("logged", message));
const announcer = document.getElementById("sr-announcer"), messages = document.getElementById("messages");
new MutationObserver(() => record("said", announcer.textContent)).observe(announcer, {childList: true});
new MutationObserver(() => record("shown", messages.textContent.trim())).observe(messages, {childList: true});"""


def delete_cookies(driver: WebDriver) -> None:
    """Delete all cookies, and wait until none is left.

    WebKit takes a moment. Only where a response to the page before brings a cookie meanwhile, they are deleted again:
    a deletion that takes effect later would include the cookies of the next page.
    """
    for _ in range(DELETIONS):
        driver.delete_all_cookies()
        with suppress(TimeoutException):
            WebDriverWait(driver, DELETION_S, POLL_S).until(lambda _: not driver.get_cookies())
            return
    raise AssertionError(driver.get_cookies())


class EngineTab:
    """The only tab of a browser, on a portal."""

    def __init__(self, driver: WebDriver, portal_url: str) -> None:
        self.driver = driver
        self.portal_url = portal_url

    def open(self, address: str) -> None:
        """Open an address of the portal, and record from then on what the page logs and says."""
        self.driver.get(self.portal_url + address)
        self.wait_until(IS_READY)
        self.run(RECORD)

    def forget(self) -> None:
        """Leave the page of the test before, and delete all cookies and what pages have stored in this tab."""
        self.wait_until(f"return location.protocol === 'about:' || {IS_LOADED}")
        self.driver.get(self.portal_url + "/static/css/portal.css")  # sets no cookie, and shares the storage
        delete_cookies(self.driver)
        self.run("sessionStorage.clear()")

    def sign_in(self) -> None:
        """Sign Alice in through the form, in a browser without cookies."""
        self.open("/login/")
        self.submit_sign_in()
        self.wait_until(f"return !location.pathname.startsWith('/login/') && {IS_LOADED}")
        self.wait_until_live()  # WebKit's page process does not end where a page is left while its stream opens

    def submit_sign_in(self) -> None:
        """Fill the sign-in form for Alice and submit it."""
        self.fill("#id_email", "alice@example.com")
        self.fill("#id_password", PASSWORD)
        self.click("form button.btn-primary")

    def go_back(self) -> None:
        """Go back in the history."""
        self.driver.back()

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script and return what it returns."""
        return self.driver.execute_script(script, *arguments)

    def wait_until(self, condition: str, *arguments: Any) -> Any:
        """Wait until a script returns a true value, on another page, too, and return that."""
        try:
            return self.wait(lambda: self.run(condition, *arguments))
        except TimeoutException:
            message = (
                f"{condition} {arguments} at {self.driver.current_url}: {self.run('return document.body.innerText')}"
            )
            raise AssertionError(message) from None

    def wait[T](self, attempt: Callable[[], T]) -> T:
        """Wait until a function returns a true value, and return that."""
        # Raised where the page or the element was replaced before the command ended; the first by WebKit.
        replaced = (NoSuchFrameException, StaleElementReferenceException)
        return WebDriverWait(self.driver, WAIT_S, POLL_S, ignored_exceptions=replaced).until(lambda _: attempt())

    def wait_for_page(self, path: str) -> None:
        """Wait until the page at this path is loaded."""
        self.wait_until(f"return location.pathname === arguments[0] && {IS_LOADED}", path)

    def wait_for(self, selector: str) -> WebElement:
        """Wait until an element is in the page, and return it."""
        return cast("WebElement", self.wait_until("return document.querySelector(arguments[0])", selector))

    def wait_for_text(self, selector: str, text: str) -> None:
        """Wait until an element contains a text."""
        self.wait_until(
            "return document.querySelector(arguments[0])?.textContent.includes(arguments[1])", selector, text
        )

    def wait_until_live(self) -> None:
        """Wait until the page has its stream."""
        self.wait_for("#live-status[data-state=live]")

    def click(self, selector: str) -> None:
        """Click an element as a person does, once it is in the page."""

        def attempt() -> bool:
            element = self.wait_for(selector)
            self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
            element.click()
            return True

        self.wait(attempt)

    def fill(self, selector: str, text: str) -> None:
        """Replace the text of a field."""

        def attempt() -> bool:
            field = self.wait_for(selector)
            self.run("arguments[0].focus(); arguments[0].select()", field)
            field.send_keys(text)
            return True

        self.wait(attempt)

    def recorded(self, kind: str) -> str:
        """Return what pages `logged`, `said` or `shown` as messages since the tab was opened, a line each."""
        return str(self.run("return sessionStorage.getItem(arguments[0]) ?? ''", kind))
