"""Run the tests of stored data on PostgreSQL and Redis: `python -m tests.external_services [pytest arguments]`."""

import os
import subprocess
import sys

from tests.external_services import servers

PATHS = [
    "tests/external_services",
    "tests/project/test_migrations.py",
    "tests/views/test_account.py",
    "tests/auth/test_sessions.py",
    "tests/auth/test_sign_in.py",
    "tests/operations",
    "tests/live/test_operations.py",
    "tests/live/test_sessions.py",
    "tests/live/test_two_processes.py",
]
IGNORED = ["--ignore=tests/operations/test_closed_tab.py"]  # of a minute, and of the browser's side of it


def main() -> int:
    """Run them on servers of their own. Without these: a word, and where CI is set, a failure."""
    if missing := servers.missing_programs():
        sys.stdout.write(
            f"Not tested on PostgreSQL and Redis: no {', '.join(missing)} here (Debian: postgresql redis-server)\n"
        )
        return 1 if os.environ.get("CI") else 0
    with servers.run_servers() as places:
        line = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", *PATHS, *IGNORED, *sys.argv[1:]]
        return subprocess.run(line, check=False, env=os.environ | places).returncode


if __name__ == "__main__":
    sys.exit(main())
