"""Test that a failure says where a worker of the tests was when it ended."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENDS = {
    "signal": "import faulthandler\n\ndef test_ends():\n    faulthandler._sigsegv()\n",
    "no end": "import threading\n\ndef test_ends():\n    threading.Event().wait()\n",
}


@pytest.mark.parametrize("source", ENDS.values(), ids=ENDS)
def test_failure_has_stack_of_worker_that_ended(tmp_path: Path, source: str) -> None:
    (tmp_path / "test_sample.py").write_text(source)
    line = [sys.executable, "-m", "pytest", "-p", "tests.worker_stacks", "-p", "no:django", "-n", "1", str(tmp_path)]
    line += ["-c", "/dev/null", "--rootdir", str(tmp_path), "-o", "faulthandler_timeout=1"]
    line += ["-o", "faulthandler_exit_on_timeout=true"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    root = Path(__file__).parents[2]
    result = subprocess.run(line, check=False, capture_output=True, text=True, cwd=root, env=env)
    failure = result.stdout.partition("= FAILURES =")[2]
    assert "worker 'gw0' crashed while running" in failure
    assert 'test_sample.py", line 4 in test_ends' in failure
