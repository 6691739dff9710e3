"""The sealed token: opened by any key of the setting, for its owner alone."""

from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet
from pytest_django.fixtures import Settings

from workspaces.auth import tokens

ALICE = UUID("11111111-1111-4111-8111-111111111111")
TOKEN = "abcdefghij-klmnopqrstuvwxyz123456"


def test_what_was_sealed_is_opened_for_its_owner() -> None:
    assert tokens.unseal(tokens.seal(TOKEN, ALICE), ALICE) == TOKEN


def test_the_sealed_text_does_not_show_the_token() -> None:
    assert TOKEN not in tokens.seal(TOKEN, ALICE)


def test_nobody_else_opens_it() -> None:
    with pytest.raises(tokens.Unsealable):
        tokens.unseal(tokens.seal(TOKEN, ALICE), uuid4())


def test_a_new_first_key_seals_and_the_old_one_still_opens(settings: Settings) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.TOKEN_KEYS = [old]
    sealed = tokens.seal(TOKEN, ALICE)
    settings.TOKEN_KEYS = [new, old]
    assert tokens.unseal(sealed, ALICE) == TOKEN
    sealed_anew = tokens.seal(TOKEN, ALICE)
    settings.TOKEN_KEYS = [new]
    assert tokens.unseal(sealed_anew, ALICE) == TOKEN


def test_a_key_out_of_service_opens_nothing(settings: Settings) -> None:
    sealed = tokens.seal(TOKEN, ALICE)
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(tokens.Unsealable):
        tokens.unseal(sealed, ALICE)


@pytest.mark.parametrize("text", ["", "nonsense", "gAAAAA"])
def test_what_was_never_sealed_is_not_opened(text: str) -> None:
    with pytest.raises(tokens.Unsealable):
        tokens.unseal(text, ALICE)


def test_the_fingerprint_tells_tokens_apart_and_shows_none() -> None:
    assert tokens.fingerprint(TOKEN) == tokens.fingerprint(TOKEN)
    assert tokens.fingerprint(TOKEN) != tokens.fingerprint(TOKEN[:-1] + "x")
    assert TOKEN not in tokens.fingerprint(TOKEN)
