"""Every setting of the portal. Each environment variable is read here, once; see env.py."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

from django.utils.csp import CSP

from coder_portal import env
from coder_portal.cache_version import cache_version
from workspaces.coder.addresses import parse_web_address
from workspaces.embed.origins import AllowedOrigins, parse_allowed_origins

BASE_DIR = Path(__file__).resolve().parent.parent

# ---- Coder
CODER_URL = env.read("CODER_URL", env.parse_url, "")
CODER_PUBLIC_URL = env.read("CODER_PUBLIC_URL", env.parse_url, "")
CODER_CA_FILE = env.read("CODER_CA_FILE", env.parse_file_path, "")
CODER_USE_PROXY = env.read("CODER_USE_PROXY", env.parse_bool, False)
CODER_CONNECT_TIMEOUT = env.read("CODER_CONNECT_TIMEOUT", env.parse_positive_float, 3.0)
CODER_READ_TIMEOUT = env.read("CODER_READ_TIMEOUT", env.parse_positive_float, 10.0)
CODER_MAX_CONNECTIONS = env.read("CODER_MAX_CONNECTIONS", env.parse_positive_int, 100)

# ---- Portal
PORTAL_URL = env.read("PORTAL_URL", env.parse_portal_url, "")
SECRET_KEY = env.read("PORTAL_SECRET_KEY", str, "")
SECRET_LENGTH = len(SECRET_KEY)  # for checks.py: Django raises on access to an empty SECRET_KEY
TOKEN_KEYS: list[str] = env.read("PORTAL_TOKEN_KEYS", env.parse_list, [])
TRUSTED_PROXIES: list[IPv4Network | IPv6Network] = env.read("PORTAL_TRUSTED_PROXIES", env.parse_networks, [])
SESSION_COOKIE_AGE = env.read("PORTAL_SESSION_IDLE", env.parse_positive_int, 12 * 3600)
SESSION_AGE = env.read("PORTAL_SESSION_AGE", env.parse_positive_int, 7 * 24 * 3600)
LOGIN_ATTEMPTS = env.read("PORTAL_LOGIN_TRIES", env.parse_positive_int, 10)
PAGE_SIZE = env.read("PORTAL_PAGE_SIZE", env.parse_positive_int, 25)
TIME_ZONE = env.read("PORTAL_TIME_ZONE", env.parse_time_zone, "UTC")
FLEET_MAX_AGE = env.read("PORTAL_FLEET_MAX_AGE", env.parse_positive_int, 300)
PREFETCH = env.read("PORTAL_PREFETCH", env.parse_bool, True)
THREADS = env.read("PORTAL_THREADS", env.parse_positive_int, 16)
MAX_BODY = env.read("PORTAL_MAX_BODY", env.parse_positive_int, 1024 * 1024)
METRICS_TOKEN = env.read("PORTAL_METRICS_TOKEN", str, "")
LOG_LEVEL = env.read("PORTAL_LOG_LEVEL", env.choice_parser("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOG_FORMAT = env.read("PORTAL_LOG_FORMAT", env.choice_parser("JSON", "TEXT"), "JSON")
DEBUG = env.read("PORTAL_DEBUG", env.parse_bool, False)

# ---- Hosts, cookies and the path prefix, all from PORTAL_URL
_portal = parse_web_address(PORTAL_URL) if PORTAL_URL else None
PORTAL_IS_LOOPBACK = _portal is not None and _portal.is_loopback
LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = [*([_portal.host] if _portal else []), *(LOOPBACK_HOSTS if PORTAL_IS_LOOPBACK else [])]
CSRF_TRUSTED_ORIGINS = [_portal.origin] if _portal else []
FORCE_SCRIPT_NAME = (_portal.path if _portal else "") or None
COOKIE_PATH = (FORCE_SCRIPT_NAME or "") + "/"
SECURE = _portal is not None and _portal.scheme == "https"
# Browsers accept these prefixes only with Secure, and `__Host-` only with the path "/" and without a domain.
COOKIE_PREFIX = "" if not SECURE else "__Secure-" if FORCE_SCRIPT_NAME else "__Host-"

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
    "coder_portal.malformed.MalformedRequestMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "coder_portal.compression.WholeResponseBrotliMiddleware",
    "workspaces.middleware.OldCookiesMiddleware",
    "workspaces.middleware.OpenerMiddleware",
    "workspaces.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "workspaces.middleware.SlashMiddleware",
    "workspaces.middleware.CsrfMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "workspaces.middleware.NoStoreMiddleware",
    "workspaces.middleware.NotifyStreamsMiddleware",
    "workspaces.middleware.CoderErrorMiddleware",
    "workspaces.middleware.PrefetchMiddleware",
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

# ---- Forms: their size, and no uploaded files, which Django would store before it checks the CSRF token
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1100  # forms.bulk.MAX_IDS workspaces and what comes with them
FILE_UPLOAD_HANDLERS: list[str] = []

# ---- Database: sessions, preferences, operations and the audit log; no workspaces
PRIVATE_FOLDER = BASE_DIR / "var" / "private"  # see private_files.py
DATABASES = {
    "default": env.read(
        "DATABASE_URL",
        env.parse_database_url,
        env.parse_database_url(f"sqlite:///{PRIVATE_FOLDER / 'portal.sqlite3'}"),
    )
}
DATABASE_CONNECTIONS = env.read("PORTAL_DATABASE_CONNECTIONS", env.parse_positive_int, THREADS)
DATABASE_CONNECTIONS_KEPT = env.read(
    "PORTAL_DATABASE_CONNECTIONS_KEPT", env.parse_positive_int, min(2, DATABASE_CONNECTIONS)
)
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["ENGINE"] = "coder_portal.sqlite"
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["OPTIONS"] = {
        # secure_delete: what is deleted or overwritten, sessions above all, is not left behind in the file.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
    }
if "postgresql" in DATABASES["default"]["ENGINE"]:
    from coder_portal.connections import check_connection

    DATABASES["default"]["CONN_MAX_AGE"] = 0  # the pool keeps connections, so a request returns its own
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        **DATABASES["default"].get("OPTIONS", {}),
        "pool": {
            "min_size": min(DATABASE_CONNECTIONS_KEPT, DATABASE_CONNECTIONS),
            "max_size": DATABASE_CONNECTIONS,
            "timeout": 5,  # s to wait for a free connection
            "check": check_connection,  # replaces connections that broke in the pool
        },
    }

# ---- Cache and sessions: shared by all processes on Redis, else in the memory of each process
REDIS_URL = env.read("REDIS_URL", env.parse_redis_url, "")
CACHES: dict[str, dict[str, Any]] = {"default": {"BACKEND": "coder_portal.local_cache.LocalCache"}}
if REDIS_URL:
    _version = cache_version(CODER_URL, BASE_DIR / "workspaces")
    _redis = {"BACKEND": "coder_portal.cache.SharedCache", "LOCATION": [REDIS_URL]}
    CACHES = {
        "default": {**_redis, "KEY_PREFIX": f"portal.{_version}"},
        # Releases that run side by side during an update must both see that a session ends: one prefix.
        "sessions": {
            **_redis,
            "KEY_PREFIX": "portal.session_hashes",  # "portal.sessions" had keys in clear, see migration 0006
            "OPTIONS": {"fallback": "django.core.cache.backends.dummy.DummyCache"},
        },
    }
    SESSION_CACHE_ALIAS = "sessions"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_ENGINE = "workspaces.auth.cached_session_store" if REDIS_URL else "workspaces.auth.session_store"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}coder_portal_session"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = COOKIE_PATH
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}coder_portal_csrf"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}coder_portal_language"  # read by Django; no page sets it
TIME_ZONE_COOKIE_NAME = f"{COOKIE_PREFIX}tz"  # set by static/js/portal.js
CSRF_FAILURE_VIEW = "workspaces.views.errors.csrf_failure"
MESSAGE_STORAGE = "coder_portal.messages.BoundedSessionStorage"

# ---- Background tasks, run by manage.py db_worker
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
OPERATIONS_AT_ONCE = env.read("PORTAL_OPERATIONS_AT_ONCE", env.parse_positive_int, 4)
OPERATIONS_DAYS = env.read("PORTAL_OPERATIONS_DAYS", env.parse_positive_int, 30)
AUDIT_DAYS = env.read("PORTAL_AUDIT_DAYS", env.parse_positive_int, 365, old_name="PORTAL_RECORD_DAYS")

# ---- Event streams
LIVE_MAX_STREAMS = env.read("LIVE_MAX_STREAMS", env.parse_positive_int, 2000)
LIVE_MAX_STREAMS_PERSON = env.read("LIVE_MAX_STREAMS_PERSON", env.parse_positive_int, 20)
LIVE_MAX_WATCHES = env.read("LIVE_MAX_WATCHES", env.parse_positive_int, 500)

# ---- Frames of other sites, see workspaces/embed/
EMBED_ALLOWED_ORIGINS = env.read("EMBED_ALLOWED_ORIGINS", parse_allowed_origins, AllowedOrigins())
EMBED_SESSION_IDLE = env.read("EMBED_SESSION_IDLE", env.parse_positive_int, 12 * 3600)
EMBED_SESSION_AGE = env.read("EMBED_SESSION_AGE", env.parse_positive_int, 7 * 24 * 3600)
EMBED_COOKIE_NAME = f"{COOKIE_PREFIX}portal-embed"  # of frames on pages of other sites, see auth/frame_cookie.py
EMBED_COOKIE_PATH = "/" if COOKIE_PREFIX == "__Host-" else f"{COOKIE_PATH}embed/"

# ---- Language and time
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = len(LANGUAGES) > 1  # looking up no translation takes 40 % of the time of a row of the staff table
LOCALE_PATHS = [BASE_DIR / "locale"]

# ---- Static files
STATIC_URL = f"{COOKIE_PATH}static/"  # absolute: Django would prefix a relative URL before FORCE_SCRIPT_NAME is set
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "var" / "static"
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "coder_portal.static_files.MinifiedStaticFilesStorage"
    },
}
WHITENOISE_MANIFEST_STRICT = False
WHITENOISE_MIMETYPES = {".speculationrules": "application/speculationrules+json"}
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o755  # of collected files' folders: the umask is for private files

# ---- Security headers
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
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

# ---- Logs
LOGGING_CONFIG = "coder_portal.logs.configure_logging"
LOGGING = {"level": LOG_LEVEL, "format": LOG_FORMAT}

# ---- What the system checks report, see checks.py
SETTING_ERRORS = env.ERRORS
RENAMED_VARIABLES = env.RENAMED
