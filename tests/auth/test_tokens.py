"""Test encrypted tokens: any configured key decrypts them, and only for their owner."""

from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet
from pytest_django.fixtures import Settings

from workspaces.auth import tokens

ALICE = UUID("11111111-1111-4111-8111-111111111111")
TOKEN = "abcdefghij-klmnopqrstuvwxyz123456"


def test_sealed_token_is_unsealed_for_its_owner() -> None:
    assert tokens.decrypt(tokens.encrypt(TOKEN, ALICE), ALICE) == TOKEN


def test_sealed_text_does_not_contain_token() -> None:
    assert TOKEN not in tokens.encrypt(TOKEN, ALICE)


def test_unseal_fails_for_another_owner() -> None:
    with pytest.raises(tokens.DecryptionError):
        tokens.decrypt(tokens.encrypt(TOKEN, ALICE), uuid4())


def test_new_first_key_seals_and_old_key_still_unseals(settings: Settings) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.TOKEN_KEYS = [old]
    sealed = tokens.encrypt(TOKEN, ALICE)
    settings.TOKEN_KEYS = [new, old]
    assert tokens.decrypt(sealed, ALICE) == TOKEN
    sealed_anew = tokens.encrypt(TOKEN, ALICE)
    settings.TOKEN_KEYS = [new]
    assert tokens.decrypt(sealed_anew, ALICE) == TOKEN


def test_unseal_fails_when_key_was_removed(settings: Settings) -> None:
    sealed = tokens.encrypt(TOKEN, ALICE)
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(tokens.DecryptionError):
        tokens.decrypt(sealed, ALICE)


@pytest.mark.parametrize("text", ["", "nonsense", "gAAAAA"])
def test_unseal_fails_for_text_that_was_never_sealed(text: str) -> None:
    with pytest.raises(tokens.DecryptionError):
        tokens.decrypt(text, ALICE)


def test_fingerprint_differs_between_tokens_and_does_not_contain_them() -> None:
    assert tokens.fingerprint(TOKEN) == tokens.fingerprint(TOKEN)
    assert tokens.fingerprint(TOKEN) != tokens.fingerprint(TOKEN[:-1] + "x")
    assert TOKEN not in tokens.fingerprint(TOKEN)
