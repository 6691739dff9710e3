"""Encryption of Coder's session tokens and of other secrets of one person."""

import hashlib
import json
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class DecryptionError(Exception):
    """The text cannot be decrypted: its key is gone, it is too old, or it was encrypted for another person."""


def token_cipher() -> MultiFernet:
    """Return the cipher of the keys in the settings: the first key encrypts, all keys decrypt."""
    return MultiFernet([Fernet(key) for key in settings.TOKEN_KEYS])


def encrypt(secret: str, person: UUID) -> str:
    """Encrypt a token, or another secret, of this person."""
    return token_cipher().encrypt(json.dumps([str(person), secret]).encode()).decode()


def decrypt(encrypted: str, person: UUID, *, max_age_s: int | None = None) -> str:
    """Decrypt a secret of this person. Raises DecryptionError, also for one that is older than `max_age_s`."""
    try:
        owner, secret = json.loads(token_cipher().decrypt(encrypted.encode(), max_age_s))
    except (InvalidToken, ValueError) as error:
        raise DecryptionError from error
    if owner != str(person):
        raise DecryptionError
    return str(secret)


def fingerprint(token: str) -> str:
    """Return the token's SHA-256, the key under which responses to the token are cached."""
    return hashlib.sha256(token.encode()).hexdigest()
