"""A plugin of pytest: a failure is printed when it happens, and says where a worker was that ended in a test.

pytest prints failures when all tests have run, so a run that is stopped before would say nothing of them. It writes the
stacks of a worker that ended to the worker's standard error, far from the failure, which names only worker and test.
"""

import faulthandler
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key

FOLDER = "PORTAL_TESTS_STACKS"
MAX_LINES = 120


def stacks_path(worker: str) -> Path:
    """Return the file with the stacks of this worker."""
    return Path(os.environ[FOLDER]) / worker


@pytest.hookimpl(trylast=True)  # pytest has opened its own file by then
def pytest_configure(config: pytest.Config) -> None:
    """Let a worker write its stacks to its file: on a fatal signal, and in a test without an end (pyproject.toml)."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        os.close(config.stash[fault_handler_stderr_fd_key])
        config.stash[fault_handler_stderr_fd_key] = os.open(stacks_path(worker), os.O_CREAT | os.O_WRONLY)
        faulthandler.enable(config.stash[fault_handler_stderr_fd_key])
    else:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="stacks-")  # workers inherit it
        config.pluginmanager.register(FailurePrinter(config))


class FailurePrinter:
    """Prints each failure when it happens."""

    def __init__(self, config: pytest.Config) -> None:
        """Print to the terminal of this run."""
        self.config = config

    @pytest.hookimpl(trylast=True)  # after the letter of the test
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print what failed, in which phase, and its error."""
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal:
            terminal.write_line(f"\nFailed ({report.when}): {report.nodeid}\n{error_of(report)}")


def error_of(report: pytest.TestReport) -> str:
    """Return the lines with the error of a failure; its last lines where it has none, such as a worker's stacks."""
    lines = report.longreprtext.splitlines()
    return "\n".join([line for line in lines if line.startswith("E ")][:MAX_LINES] or lines[-MAX_LINES:])


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(report: pytest.TestReport) -> None:
    """Add the stacks of the worker to the failure."""
    path = stacks_path(report.node.gateway.id)
    lines = path.read_text().splitlines()[:MAX_LINES] if path.exists() else []
    report.longrepr = "\n".join([str(report.longrepr), *lines])


def pytest_unconfigure() -> None:
    """Remove the files when all workers have ended."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ.pop(FOLDER, ""), ignore_errors=True)
