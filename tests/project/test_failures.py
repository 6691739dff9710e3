"""Test that a failure is printed when it happens, and says where a worker of the tests was when it ended."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENDS = {
    "signal": "import faulthandler\n\ndef test_ends():\n    faulthandler._sigsegv()\n",
    "no end": "import threading\n\ndef test_ends():\n    threading.Event().wait()\n",
}


def run_pytest(folder: Path, *options: str) -> str:
    """Run the tests of a folder with the plugin, and return what pytest prints."""
    line = [sys.executable, "-m", "pytest", "-p", "tests.failures", "-p", "no:django", *options, str(folder)]
    line += ["-c", "/dev/null", "--rootdir", str(folder)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    root = Path(__file__).parents[2]
    return subprocess.run(line, check=False, capture_output=True, text=True, cwd=root, env=env).stdout


@pytest.mark.parametrize("source", ENDS.values(), ids=ENDS)
def test_failure_has_stack_of_worker_that_ended(tmp_path: Path, source: str) -> None:
    (tmp_path / "test_sample.py").write_text(source)
    options = ["-n", "1", "-o", "faulthandler_timeout=1", "-o", "faulthandler_exit_on_timeout=true"]
    at_once, _, failures = run_pytest(tmp_path, *options).partition("= FAILURES =")
    for text in (at_once, failures):
        assert "worker 'gw0' crashed while running" in text
        assert 'test_sample.py", line 4 in test_ends' in text


def test_failure_is_printed_before_the_next_test_runs(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text(
        "def test_one():\n    assert 1 == 2\n\ndef test_two(capfd):\n    with capfd.disabled(): print('second')\n"
    )
    at_once = run_pytest(tmp_path, "-p", "no:randomly").partition("second")[0]
    assert "Failed (call): test_sample.py::test_one\nE       assert 1 == 2" in at_once
