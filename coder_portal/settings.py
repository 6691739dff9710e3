"""Every setting of the portal: each environment variable is read here, once.

Reading never raises: what is missing or malformed is collected in SETTING_ERRORS and becomes a system check
(checks.py), so that commands which need no setting run without any, and the server refuses to start with
one line that names the variable. `NAME_FILE` names a file that holds the value, for secrets.
"""

import hashlib
import os
import warnings
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.utils.csp import CSP

BASE_DIR = Path(__file__).resolve().parent.parent
# The mapping and not Env itself: to Env a value that starts with "$" (a password, say) is another variable's name.
ENVIRONMENT = environ.FileAwareEnv().ENVIRON

SETTING_ERRORS: dict[str, str] = {}


def read[T](name: str, parse: Callable[[str], T], default: T) -> T:
    """The variable `name`, parsed; the default where it is not set, or where it is malformed (then a problem)."""
    try:
        value = str(ENVIRONMENT.get(name, "")).strip()
        return parse(value) if value else default
    except (ValueError, LookupError, OSError) as error:
        SETTING_ERRORS[name] = str(error) or type(error).__name__
        return default


def url(value: str) -> str:
    """An http or https address without query; without its last slash."""
    parts = urlsplit(value)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise ValueError("is not an address like https://coder.example.com")
    return value.rstrip("/")


def flag(value: str) -> bool:
    """A yes or no."""
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    if value.lower() not in words:
        raise ValueError("is neither true nor false")
    return words[value.lower()]


def positive(value: str) -> float:
    """A number above zero."""
    number = float(value)
    if not 0 < number < float("inf"):
        raise ValueError("is not a number above zero")
    return number


def count(value: str) -> int:
    """A whole number above zero."""
    number = int(value)
    if number < 1:
        raise ValueError("is not a whole number above zero")
    return number


def words(value: str) -> list[str]:
    """A list, separated by commas."""
    return [word.strip() for word in value.split(",") if word.strip()]


def networks(value: str) -> list[IPv4Network | IPv6Network]:
    """A list of addresses or networks, separated by commas."""
    return [ip_network(word, strict=False) for word in words(value)]


def one_of(*allowed: str) -> Callable[[str], str]:
    """One of some words."""

    def parse(value: str) -> str:
        if value.upper() not in allowed:
            raise ValueError(f"is none of {', '.join(allowed)}")
        return value.upper()

    return parse


def zone(value: str) -> str:
    """The name of a time zone."""
    return ZoneInfo(value).key


def database(value: str) -> dict[str, Any]:
    """A database's address, as Django's settings want it."""
    try:
        with warnings.catch_warnings(action="ignore"):
            config = environ.Env.db_url_config(value)
    except Exception as error:  # whatever it says may hold the password
        raise ValueError("is not an address like postgres://user:password@host/name") from error
    if not config.get("ENGINE"):
        raise ValueError("names no kind of database that Django knows")
    return dict(config)


def redis(value: str) -> str:
    """The address of a Redis."""
    from redis.connection import parse_url  # 60 ms that who has no Redis need not wait for

    try:
        parse_url(value)  # type: ignore[no-untyped-call]  # redis ships no types of it
    except ValueError:  # whatever it says may hold the password
        raise ValueError("is not an address like redis://:password@host:6379/0") from None
    return value


def edition() -> str:
    """A mark of what is kept in a cache that outlives this process: another one where the kept types are others."""
    mark = hashlib.sha256(CODER_URL.encode())
    for file in sorted((BASE_DIR / "workspaces" / "coder").glob("*types.py")):
        mark.update(file.read_bytes())
    return mark.hexdigest()[:12]


def existing_file(value: str) -> str:
    """The path of a file that is there."""
    if not Path(value).is_file():
        raise ValueError("names no file")
    return value


# ---- Coder
CODER_URL = read("CODER_URL", url, "")
CODER_PUBLIC_URL = read("CODER_PUBLIC_URL", url, "")
CODER_CA_FILE = read("CODER_CA_FILE", existing_file, "")
CODER_USE_PROXY = read("CODER_USE_PROXY", flag, False)
CODER_CONNECT_TIMEOUT = read("CODER_CONNECT_TIMEOUT", positive, 3.0)
CODER_READ_TIMEOUT = read("CODER_READ_TIMEOUT", positive, 10.0)
CODER_MAX_CONNECTIONS = read("CODER_MAX_CONNECTIONS", count, 100)

# ---- the portal itself
PORTAL_URL = read("PORTAL_URL", url, "")
SECRET_KEY = read("PORTAL_SECRET_KEY", str, "")
SECRET_LENGTH = len(SECRET_KEY)  # Django raises where an empty SECRET_KEY is so much as looked at
TOKEN_KEYS: list[str] = read("PORTAL_TOKEN_KEYS", words, [])
TRUSTED_PROXIES: list[IPv4Network | IPv6Network] = read("PORTAL_TRUSTED_PROXIES", networks, [])
SESSION_COOKIE_AGE = read("PORTAL_SESSION_IDLE", count, 12 * 3600)
SESSION_AGE = read("PORTAL_SESSION_AGE", count, 7 * 24 * 3600)
LOGIN_ATTEMPTS = read("PORTAL_LOGIN_TRIES", count, 10)
PAGE_SIZE = read("PORTAL_PAGE_SIZE", count, 25)
TIME_ZONE = read("PORTAL_TIME_ZONE", zone, "UTC")
THREADS = read("PORTAL_THREADS", count, 16)
METRICS_TOKEN = read("PORTAL_METRICS_TOKEN", str, "")
LOG_LEVEL = read("PORTAL_LOG_LEVEL", one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOG_FORMAT = read("PORTAL_LOG_FORMAT", one_of("JSON", "TEXT"), "JSON")
DEBUG = read("PORTAL_DEBUG", flag, False)

# ---- where it lives
_portal = urlsplit(PORTAL_URL)
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = LOOPBACK if _portal.hostname in LOOPBACK else [_portal.hostname or ""]
CSRF_TRUSTED_ORIGINS = [f"{_portal.scheme}://{_portal.netloc}"] if _portal.hostname else []
FORCE_SCRIPT_NAME = _portal.path.rstrip("/") or None
COOKIE_PATH = (FORCE_SCRIPT_NAME or "") + "/"
SECURE = _portal.scheme == "https"

os.environ.setdefault("BROTLI_QUALITY", "5")  # django-brotli's own; 11 % smaller than its 4 for 0.3 ms a list

ROOT_URLCONF = "coder_portal.urls"
WSGI_APPLICATION = None
INSTALLED_APPS = [
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "django_tasks_db",
    "coder_portal.apps.CoderPortalConfig",
    "workspaces",
]
MIDDLEWARE = [
    "coder_portal.logs.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "coder_portal.compression.WholeResponseBrotliMiddleware",  # Django masks the CSRF token, so BREACH learns nothing
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "workspaces.middleware.NoStoreMiddleware",
    "workspaces.middleware.NotifyStreamsMiddleware",
    "workspaces.middleware.CoderErrorMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "workspaces.context.portal",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "workspaces.templatetags.portal",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# ---- what the portal itself keeps: sessions and preferences, nothing of Coder's
DATABASES = {"default": read("DATABASE_URL", database, database(f"sqlite:///{BASE_DIR / 'var' / 'portal.sqlite3'}"))}
DATABASE_CONNECTIONS = read("PORTAL_DATABASE_CONNECTIONS", count, THREADS)
DATABASE_CONNECTIONS_KEPT = read("PORTAL_DATABASE_CONNECTIONS_KEPT", count, min(2, DATABASE_CONNECTIONS))
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
    }
if "postgresql" in DATABASES["default"]["ENGINE"]:
    from coder_portal.connections import check_connection

    DATABASES["default"]["CONN_MAX_AGE"] = 0  # a page gives its connection back: the pool is what keeps it
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        **DATABASES["default"].get("OPTIONS", {}),
        "pool": {
            "min_size": min(DATABASE_CONNECTIONS_KEPT, DATABASE_CONNECTIONS),
            "max_size": DATABASE_CONNECTIONS,
            "timeout": 5,  # s that a page waits for one
            "check": check_connection,  # one that broke meanwhile is not handed out again
        },
    }

# ---- what processes must know of each other; without Redis each one has only its own memory
REDIS_URL = read("REDIS_URL", redis, "")
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},  # of Django's 300, some hundred people would push out each other's
    }
}
if REDIS_URL:
    _redis = {"BACKEND": "coder_portal.cache.SharedCache", "LOCATION": [REDIS_URL]}
    CACHES = {
        "default": {**_redis, "KEY_PREFIX": f"portal.{edition()}"},
        # Editions that run side by side, as during an update, must see that a session ends: one prefix, plain JSON.
        "sessions": {
            **_redis,
            "KEY_PREFIX": "portal.sessions",
            "OPTIONS": {
                "serializer": "django.core.signing.JSONSerializer",
                "fallback": "django.core.cache.backends.dummy.DummyCache",
            },
        },
    }
    SESSION_CACHE_ALIAS = "sessions"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_ENGINE = "workspaces.auth.cached_session_store" if REDIS_URL else "workspaces.auth.session_store"
SESSION_COOKIE_NAME = "coder_portal_session"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = COOKIE_PATH
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None
CSRF_COOKIE_NAME = "coder_portal_csrf"
CSRF_FAILURE_VIEW = "workspaces.views.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# ---- what outlives a request, by manage.py db_worker
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
OPERATIONS_AT_ONCE = read("PORTAL_OPERATIONS_AT_ONCE", count, 4)
OPERATIONS_DAYS = read("PORTAL_OPERATIONS_DAYS", count, 30)
AUDIT_DAYS = read("PORTAL_RECORD_DAYS", count, 365)

# ---- what stays open
LIVE_MAX_STREAMS = read("LIVE_MAX_STREAMS", count, 2000)
LIVE_MAX_STREAMS_PERSON = read("LIVE_MAX_STREAMS_PERSON", count, 20)
LIVE_MAX_WATCHES = read("LIVE_MAX_WATCHES", count, 500)

# ---- words and times
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]

# ---- files
STATIC_URL = f"{COOKIE_PATH}static/"  # whole: what is relative, the storage would complete before it knows the prefix
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "var" / "static"
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_MANIFEST_STRICT = False

# ---- safety
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
# A proxy that ends TLS is trusted only when it is named; middleware.py reads its headers.
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}

LOGGING_CONFIG = "coder_portal.logs.configure_logging"
LOGGING = {"level": LOG_LEVEL, "format": LOG_FORMAT}
