"""The portal's settings under test: read from an environment that is complete and leads nowhere."""

import os

from cryptography.fernet import Fernet

os.environ |= {
    "CODER_URL": "http://127.0.0.1:9",
    "CODER_PUBLIC_URL": "https://coder.example.com",
    "PORTAL_URL": "http://testserver",
    "PORTAL_SECRET_KEY": "for the tests alone, and long enough for Django",
    "PORTAL_TOKEN_KEYS": Fernet.generate_key().decode(),
    "PORTAL_LOG_LEVEL": "ERROR",
    "PORTAL_LOG_FORMAT": "TEXT",
}
# `python -m tests.external_services` names a PostgreSQL and a Redis: a database for each worker of pytest-xdist.
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "sqlite://:memory:")
if place := os.environ.get("TEST_REDIS_URL", ""):
    place += f"?db={os.environ.get('PYTEST_XDIST_WORKER', 'gw15').removeprefix('gw')}"
os.environ["REDIS_URL"] = place

from coder_portal.settings import *  # noqa: F403  # all of them, and then what tests need otherwise
from coder_portal.settings import BASE_DIR, STATIC_ROOT, TEMPLATES

STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns where there is none
WHITENOISE_AUTOREFRESH = True  # each client of a test's would read the whole folder once more
TEMPLATES = [TEMPLATES[0] | {"DIRS": [BASE_DIR / "templates", BASE_DIR / "tests/styleguide/templates"]}]
