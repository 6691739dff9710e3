"""A tab of any engine on a page of the other site, and in its frames."""

from tests.browser.engine_tab import IS_LOADED, EngineTab


class HostTab(EngineTab):
    """The only tab of a browser, on a page of the other site."""

    def open_host(self, address: str) -> None:
        """Open a page of the other site."""
        self.leave_frame()
        self.wait_until(f"return location.protocol === 'about:' || {IS_LOADED}")
        self.driver.get(address)
        self.wait_until(f"return {IS_LOADED}")

    def enter_frame(self, number: int = 0) -> None:
        """Go on in a frame of the page, once it has answered."""
        self.wait_until("return document.querySelectorAll('iframe').length > arguments[0]", number)
        self.driver.switch_to.frame(number)
        self.wait_for("#frame")
        self.wait_until(f"return {IS_LOADED}")

    def wait_for_other_window(self) -> None:
        """Go on in the window that the page has opened."""
        page = self.driver.current_window_handle
        self.wait(lambda: len(self.driver.window_handles) > 1)
        self.driver.switch_to.window(next(each for each in self.driver.window_handles if each != page))

    def leave_frame(self) -> None:
        """Go on in the page around the frame."""
        self.driver.switch_to.default_content()

    def leave_host(self) -> None:
        """Leave the page while its frames have their streams: the next test ends them."""
        self.leave_frame()
        self.driver.get("about:blank")
