"""Firefox's own remote protocol, Marionette, as a connection of Selenium: no driver program stands between them.

Marionette carries WebDriver's commands and errors as JSON on a socket. The usual program between it and Selenium,
geckodriver, is in none of Debian's packages.
"""

import json
import socket
from itertools import count
from typing import Any

from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.remote_connection import RemoteConnection

TIMEOUT_S = 30.0  # for one command
SET_CONTEXT = "setContext"  # "content" or "chrome": whether scripts run in the page or in the browser itself
COMMAND = 0  # the first element of a command; of a response it is 1
COMMANDS = {
    Command.NEW_SESSION: "WebDriver:NewSession",
    Command.QUIT: "Marionette:Quit",
    Command.GET: "WebDriver:Navigate",
    Command.GO_BACK: "WebDriver:Back",
    Command.REFRESH: "WebDriver:Refresh",
    Command.GET_CURRENT_URL: "WebDriver:GetCurrentURL",
    Command.GET_TITLE: "WebDriver:GetTitle",
    Command.CLOSE: "WebDriver:CloseWindow",
    Command.W3C_GET_CURRENT_WINDOW_HANDLE: "WebDriver:GetWindowHandle",
    Command.W3C_GET_WINDOW_HANDLES: "WebDriver:GetWindowHandles",
    Command.SWITCH_TO_WINDOW: "WebDriver:SwitchToWindow",
    Command.SWITCH_TO_FRAME: "WebDriver:SwitchToFrame",
    Command.FIND_ELEMENT: "WebDriver:FindElement",
    Command.FIND_ELEMENTS: "WebDriver:FindElements",
    Command.CLICK_ELEMENT: "WebDriver:ElementClick",
    Command.SEND_KEYS_TO_ELEMENT: "WebDriver:ElementSendKeys",
    Command.GET_ELEMENT_TEXT: "WebDriver:GetElementText",
    Command.GET_ALL_COOKIES: "WebDriver:GetCookies",
    Command.ADD_COOKIE: "WebDriver:AddCookie",
    Command.DELETE_ALL_COOKIES: "WebDriver:DeleteAllCookies",
    Command.SCREENSHOT: "WebDriver:TakeScreenshot",
    Command.W3C_EXECUTE_SCRIPT: "WebDriver:ExecuteScript",
    Command.W3C_EXECUTE_SCRIPT_ASYNC: "WebDriver:ExecuteAsyncScript",
    Command.SET_TIMEOUTS: "WebDriver:SetTimeouts",
    SET_CONTEXT: "Marionette:SetContext",
}


class MarionetteConnection(RemoteConnection):
    """A connection to the Marionette of a Firefox that listens on this port of this machine."""

    browser_name = "firefox"

    def __init__(self, port: int) -> None:
        super().__init__(client_config=ClientConfig(f"http://127.0.0.1:{port}"))
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        self._reader = self._socket.makefile("rb")
        self._ids = count(1)
        self._read()  # the greeting

    def execute(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send a command and return its response, as Selenium expects it from a driver program."""
        parameters = {name: value for name, value in params.items() if name != "sessionId"}
        if command == Command.NEW_SESSION:
            parameters = parameters["capabilities"]["alwaysMatch"] if "capabilities" in parameters else parameters
        body = json.dumps([COMMAND, next(self._ids), COMMANDS[command], parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(body), body))
        _, _, error, result = self._read()
        if error:
            return {"status": 500, "value": json.dumps({"value": error})}
        return result if isinstance(result, dict) and "value" in result else {"value": result}

    def close(self) -> None:
        """Close the socket."""
        self._reader.close()
        self._socket.close()
        super().close()  # type: ignore[no-untyped-call]  # Selenium's

    def _read(self) -> Any:
        """Return the next message: its length in bytes, a colon, and JSON."""
        length = b""
        while (character := self._reader.read(1)) not in {b":", b""}:
            length += character
        return json.loads(self._reader.read(int(length)))
