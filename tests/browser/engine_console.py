"""What an engine writes to its console about pages and the frames in them, also while these are loaded.

WebKitGTK's driver has no such command, and the browser that it drives writes no console messages anywhere. There, tests
count what pages report themselves: tests/browser/embed/host_site.py.
"""

from collections.abc import Callable, Mapping

from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.marionette import SET_CONTEXT

# Firefox's messages of the kind that scripts do not write, such as errors, by the address that they are about.
READ_MESSAGES = """const messages = Services.console.getMessageArray();
Services.console.reset();
return messages.filter(({sourceName}) => sourceName?.startsWith("http"))
  .map(({sourceName, errorMessage}) => `${sourceName}: ${errorMessage}`);"""


def read_chromium(driver: WebDriver) -> list[str]:
    """Return the warnings and errors in Chromium's console."""
    return [entry["message"] for entry in driver.execute(Command.GET_LOG, {"type": "browser"})["value"]]


def read_firefox(driver: WebDriver) -> list[str]:
    """Return the messages in Firefox's browser console, without those of `console.error` and the like."""
    driver.execute(SET_CONTEXT, {"value": "chrome"})
    try:
        return list(driver.execute_script(READ_MESSAGES))
    finally:
        driver.execute(SET_CONTEXT, {"value": "content"})


CONSOLES: Mapping[str, Callable[[WebDriver], list[str]]] = {"chrome": read_chromium, "firefox": read_firefox}


def console_lines(driver: WebDriver) -> list[str]:
    """Return what is new in the console; nothing in WebKitGTK."""
    read = CONSOLES.get(driver.name)
    return read(driver) if read else []
