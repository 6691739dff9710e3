"""System checks of the settings: one message for each environment variable that is missing, malformed or renamed."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning  # noqa: A004  # Django's name

from coder_portal.private_files import KEYS_FILE

REQUIRED = {
    "CODER_URL": "the address at which the portal calls Coder, like https://coder.example.com",
    "PORTAL_URL": "the address at which people open the portal, like https://portal.example.com",
    "PORTAL_SECRET_KEY": "a long random text; it signs cookies and forms",
    "PORTAL_TOKEN_KEYS": "one key or more, separated by commas, each from: python -c "
    "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'",
}
# The attribute of the settings that tells whether a variable is set, where it has another name.
ATTRIBUTES = {"PORTAL_SECRET_KEY": "SECRET_LENGTH", "PORTAL_TOKEN_KEYS": "TOKEN_KEYS"}
MIN_SECRET_LENGTH = 32
OTHERS_READ, OTHERS_ENTER = 0o044, 0o011  # of a file's and of a folder's mode


def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return the errors, hints and warnings about the settings, without values.

    There is an error for each missing or malformed variable and a warning for each renamed one.
    """
    errors = [Error(text, id=f"portal.{name}") for name, text in setting_errors()]
    renamed = settings.RENAMED_VARIABLES.items()
    return [
        *errors,
        *metrics_hints(),
        *file_warnings(settings.DATABASES["default"], settings.PRIVATE_FOLDER),
        *(
            Warning(
                f"{old} is now named {new}.",
                hint=f"Set {new} instead: the next release no longer reads {old}.",
                id=f"portal.{old}",
            )
            for old, new in renamed
        ),
    ]


def metrics_hints() -> Iterator[CheckMessage]:
    """Yield a hint if /metrics is disabled."""
    if settings.PORTAL_URL and not settings.PORTAL_IS_LOOPBACK and not settings.METRICS_TOKEN:
        yield Info(
            "/metrics is disabled.",
            hint="To read the metrics, set PORTAL_METRICS_TOKEN and send it as Authorization: Bearer.",
            id="portal.PORTAL_METRICS_TOKEN",
        )


def file_warnings(options: Mapping[str, Any], folder: Path) -> Iterator[CheckMessage]:
    """Yield a warning if other users can read the SQLite database, and for a file that was left at its old place.

    `options` are those of Django's DATABASES; `folder` is the private folder.
    """
    if "sqlite" not in options["ENGINE"]:
        return
    database = Path(options["NAME"])
    if database.is_file() and database.stat().st_mode & OTHERS_READ and database.parent.stat().st_mode & OTHERS_ENTER:
        yield Warning(
            f"Other users of this machine can read the database {database}.",
            hint="Remove their access with chmod 600, also for copies of the file.",
            id="portal.DATABASE_URL",
        )
    for file in (folder / database.name, folder / KEYS_FILE):
        if file.is_file() and (old := folder.parent / file.name).is_file():
            yield Warning(
                f"{old} is not used: the portal uses {file}.",
                hint="Delete it, or delete the other file if this one has what you need, and start again.",
                id="portal.private_files",
            )


def setting_errors() -> Iterator[tuple[str, str]]:
    """Yield the name and the message of each variable that keeps the portal from starting."""
    for name, why in settings.SETTING_ERRORS.items():
        yield name, f"{name} {why}"
    for name, description in REQUIRED.items():
        if name not in settings.SETTING_ERRORS and not getattr(settings, ATTRIBUTES.get(name, name)):
            yield name, f"{name} is missing: {description}"
    if any(not is_fernet_key(key) for key in settings.TOKEN_KEYS):
        yield (
            "PORTAL_TOKEN_KEYS",
            f"PORTAL_TOKEN_KEYS contains a value that is not a key: {REQUIRED['PORTAL_TOKEN_KEYS']}",
        )
    if 0 < settings.SECRET_LENGTH < MIN_SECRET_LENGTH:
        yield "PORTAL_SECRET_KEY", f"PORTAL_SECRET_KEY is shorter than {MIN_SECRET_LENGTH} characters"


def is_fernet_key(key: str) -> bool:
    """Return whether the text is a Fernet key."""
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
