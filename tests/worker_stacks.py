"""A plugin of pytest: when a worker process ends in a test, the failure has the stacks of its threads.

pytest writes them to the standard error of the worker, far from the failure, which names only the worker and the test.
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
