"""A setting that is missing or malformed is a system check: one line that names it."""

from collections.abc import Iterator, Sequence
from typing import Any

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error

REQUIRED = {
    "CODER_URL": "the address at which the portal calls Coder, like https://coder.example.com",
    "PORTAL_URL": "the address at which people open the portal, like https://portal.example.com",
    "PORTAL_SECRET_KEY": "a long random text; it signs cookies and forms",
    "PORTAL_TOKEN_KEYS": "one key or more, separated by commas, each from: python -c "
    "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'",
}
ATTRIBUTES = {"PORTAL_SECRET_KEY": "SECRET_LENGTH", "PORTAL_TOKEN_KEYS": "TOKEN_KEYS"}


def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """One error for each setting that is missing or malformed. No value is ever repeated."""
    return [Error(line, id=f"portal.{name}") for name, line in setting_errors()]


def setting_errors() -> Iterator[tuple[str, str]]:
    """Name and line of each setting that keeps the portal from starting."""
    for name, why in settings.SETTING_ERRORS.items():
        yield name, f"{name} {why}"
    for name, what in REQUIRED.items():
        if name not in settings.SETTING_ERRORS and not getattr(settings, ATTRIBUTES.get(name, name)):
            yield name, f"{name} is missing: {what}"
    if any(not is_fernet_key(key) for key in settings.TOKEN_KEYS):
        yield (
            "PORTAL_TOKEN_KEYS",
            f"PORTAL_TOKEN_KEYS holds something that is no key: {REQUIRED['PORTAL_TOKEN_KEYS']}",
        )
    if 0 < settings.SECRET_LENGTH < 32:
        yield "PORTAL_SECRET_KEY", "PORTAL_SECRET_KEY is shorter than 32 characters"


def is_fernet_key(key: str) -> bool:
    """Whether Fernet takes it as a key."""
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
