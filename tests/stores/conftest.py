"""What is tested of PostgreSQL and Redis themselves is collected where they run: python -m tests.stores."""

import os

collect_ignore_glob = [] if "TEST_REDIS_URL" in os.environ else ["test_*.py"]
