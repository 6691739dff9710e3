"""Coder's session token, sealed in the portal's session and nowhere else; and what else is one person's alone."""

import hashlib
import json
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class DecryptionError(Exception):
    """The sealed token cannot be opened: its key is gone, or it was sealed for somebody else."""


def token_cipher() -> MultiFernet:
    """The keys of the setting: the first seals, all of them open."""
    return MultiFernet([Fernet(key) for key in settings.TOKEN_KEYS])


def encrypt(token: str, person: UUID) -> str:
    """The token of `person`, or another secret of theirs, as it may lie in the database."""
    return token_cipher().encrypt(json.dumps([str(person), token]).encode()).decode()


def decrypt(sealed: str, person: UUID, *, max_age_s: int | None = None) -> str:
    """What was sealed for `person`, within the last `within_s` seconds where they matter. Raises Unsealable."""
    try:
        owner, token = json.loads(token_cipher().decrypt(sealed.encode(), max_age_s))
    except (InvalidToken, ValueError) as error:
        raise DecryptionError from error
    if owner != str(person):
        raise DecryptionError
    return str(token)


def fingerprint(token: str) -> str:
    """A name for the token under which what Coder told it may be kept; the token cannot be found from it."""
    return hashlib.sha256(token.encode()).hexdigest()
