"""Starts the browsers of the three engines for Selenium: Debian's Chromium, Firefox ESR and WebKitGTK."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions, ChromeService, WebKitGTKOptions, WebKitGTKService
from selenium.webdriver.firefox.options import Options as FirefoxOptions
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.marionette import MarionetteConnection
from tests.chromium import CHROMIUM, CHROMIUM_ARGUMENTS

SIZE = (1280, 900)  # px
START_TIMEOUT_S = 60.0
COMMAND_TIMEOUT_S = 60  # without it, a command that a driver program never answers lasts for ever
FIREFOX_PREFERENCES = {
    "marionette.port": 0,  # any free one
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
MINI_BROWSER = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"), None)

# By engine: the programs that its tests need, by the name of their Debian package.
PROGRAMS: Mapping[str, Mapping[str, str | Path | None]] = {
    "chromium": {"chromium": CHROMIUM, "chromium-driver": shutil.which("chromedriver")},
    "firefox": {"firefox-esr": shutil.which("firefox-esr")},
    "webkit": {
        "webkit2gtk-driver": shutil.which("WebKitWebDriver") and MINI_BROWSER,
        "xvfb": shutil.which("Xvfb"),
    },
}


def missing_packages(engine: str) -> list[str]:
    """Return the Debian packages that the tests of an engine lack on this machine."""
    return [package for package, program in PROGRAMS[engine].items() if not program]


@contextmanager
def open_chromium(folder: Path) -> Iterator[WebDriver]:
    """Run Chromium."""
    options = ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for argument in [*CHROMIUM_ARGUMENTS, "--headless", "--window-size={},{}".format(*SIZE)]:
        options.add_argument(argument)
    with Chrome(options, ChromeService(shutil.which("chromedriver"))) as driver:
        yield driver


@contextmanager
def open_firefox(folder: Path) -> Iterator[WebDriver]:
    """Run Firefox with a profile in this folder."""
    lines = [f'user_pref("{name}", {str(value).lower()});' for name, value in FIREFOX_PREFERENCES.items()]
    (folder / "user.js").write_text("\n".join(lines))
    size = ["--width", str(SIZE[0]), "--height", str(SIZE[1])]
    marionette = ["--marionette", "--remote-allow-system-access"]  # the latter for engine_console.py
    command = ["firefox-esr", "--headless", *marionette, "--no-remote", "--profile", str(folder), *size]
    with (folder / "firefox.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            connection = MarionetteConnection(wait_for_port(folder / "MarionetteActivePort", process))
            try:
                yield WebDriver(connection, options=FirefoxOptions())
            finally:
                connection.close()
        finally:
            process.terminate()


def wait_for_port(path: Path, process: subprocess.Popen[bytes]) -> int:
    """Return the port that Firefox writes to this file when it listens."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not (path.exists() and path.read_text().strip()):
        assert process.poll() is None, f"Firefox ended; its log is beside {path}"
        assert time.monotonic() < deadline, f"Firefox does not listen; its log is beside {path}"
        time.sleep(0.05)
    return int(path.read_text())


@contextmanager
def open_webkit(folder: Path) -> Iterator[WebDriver]:
    """Run WebKitGTK on a display of its own."""
    with (
        run_display() as display,
        (folder / "webkit.log").open("wb") as log,
    ):
        env = {**os.environ, "DISPLAY": display, "GDK_BACKEND": "x11", "HOME": str(folder)}
        service = WebKitGTKService(shutil.which("WebKitWebDriver"), log_output=log, env=env)
        service.start()
        try:
            options = WebKitGTKOptions()
            options.binary_location = str(MINI_BROWSER)
            options.add_argument("--automation")
            options.set_capability("acceptInsecureCerts", True)
            connection = RemoteConnection(client_config=ClientConfig(service.service_url, timeout=COMMAND_TIMEOUT_S))
            with WebDriver(connection, options=options) as driver:
                driver.set_window_size(*SIZE)
                yield driver
        finally:
            service.stop()


@contextmanager
def run_display() -> Iterator[str]:
    """Run an X server without a screen, and yield the name of its display."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    with (
        subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL) as process,
        os.fdopen(reader) as number,
    ):
        os.close(writer)
        try:
            yield f":{number.readline().strip()}"
        finally:
            process.terminate()


ENGINES: Mapping[str, Callable[[Path], AbstractContextManager[WebDriver]]] = {
    "chromium": open_chromium,
    "firefox": open_firefox,
    "webkit": open_webkit,
}
