"""Settings for tests, read from a complete environment whose URLs lead nowhere."""

import os

from cryptography.fernet import Fernet

os.environ |= {
    "CODER_URL": "http://127.0.0.1:9",
    "CODER_PUBLIC_URL": "https://coder.example.com",
    "PORTAL_URL": "http://testserver",
    "PORTAL_SECRET_KEY": "for the tests alone, and long enough for Django",
    "PORTAL_TOKEN_KEYS": Fernet.generate_key().decode(),
    "EMBED_ALLOWED_ORIGINS": "https://intranet.example.com",
    "PORTAL_LOG_LEVEL": "ERROR",
    "PORTAL_LOG_FORMAT": "TEXT",
}
# `python -m tests.external_services` sets a PostgreSQL and a Redis, with one Redis database per pytest-xdist worker.
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "sqlite://:memory:")
if redis_url := os.environ.get("TEST_REDIS_URL", ""):
    redis_url += f"?db={os.environ.get('PYTEST_XDIST_WORKER', 'gw15').removeprefix('gw')}"
os.environ["REDIS_URL"] = redis_url

from coder_portal.settings import *  # noqa: F403  # all settings; tests override some below
from coder_portal.settings import BASE_DIR, DATABASES, STATIC_ROOT, TEMPLATES

if DATABASES["default"]["NAME"] == ":memory:":  # pytest-django knows only Django's own engine, and would write a file
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns when the folder is missing
WHITENOISE_AUTOREFRESH = True  # otherwise each test client reads the whole folder
TEMPLATES = [TEMPLATES[0] | {"DIRS": [BASE_DIR / "templates", BASE_DIR / "tests/styleguide/templates"]}]
