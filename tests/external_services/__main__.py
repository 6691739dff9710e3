"""Run the tests of stored data on PostgreSQL and Redis: `python -m tests.external_services [pytest arguments]`."""

import os
import subprocess
import sys

from tests.external_services import servers

PATHS = [
    "tests/external_services",
    "tests/project/test_migrations.py",
    "tests/views/test_account.py",
    "tests/views/test_announcements.py",
    "tests/views/test_staff_audit.py",
    "tests/auth/test_cookies.py",
    "tests/auth/test_foreign_forms.py",
    "tests/auth/test_session_store.py",
    "tests/auth/test_session_upgrade.py",
    "tests/auth/test_sessions.py",
    "tests/auth/test_sign_in.py",
    "tests/auth/test_throttle.py",
    "tests/operations",
    "tests/live/test_operations.py",
    "tests/live/test_sessions.py",
    "tests/live/test_two_processes.py",
]
IGNORED = ["--ignore=tests/operations/test_closed_tab.py"]  # takes a minute, and tests only the browser


def main() -> int:
    """Run the tests on new servers. Without the programs, print a notice, and fail where CI is set."""
    if missing := servers.missing_programs():
        sys.stdout.write(
            f"Not tested on PostgreSQL and Redis: no {', '.join(missing)} here (Debian: postgresql redis-server)\n"
        )
        return 1 if os.environ.get("CI") else 0
    with servers.run_servers() as variables:
        command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", *PATHS, *IGNORED, *sys.argv[1:]]
        return subprocess.run(command, check=False, env=os.environ | variables).returncode


if __name__ == "__main__":
    sys.exit(main())
