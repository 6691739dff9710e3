"""Test the limit of failed sign-ins: what counts, for how long, and what a refused person reads."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from coder_simulator.world import PASSWORD
from tests.portal import FakeClock, SimulatedCoder, create_token
from tests.views.html import Html
from workspaces.auth import throttle
from workspaces.models import AttemptCounter

pytestmark = pytest.mark.django_db
ALICE = {"email": "alice@example.com", "password": PASSWORD}
WRONG = {"email": "alice@example.com", "password": "not this one"}
BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])
WRONG_TEXT = "The email or the password is incorrect."


def error_text(answer: Any) -> str:
    """Return what the form says against what was sent."""
    return Html(answer).one("p", role="alert").text


def fail(client: Client, times: int, *, email: str = "alice@example.com", address: str = "203.0.113.1") -> None:
    """Send a wrong password this many times; Coder is asked each time."""
    for _ in range(times):
        answer = client.post("/login/", WRONG | {"email": email}, REMOTE_ADDR=address)
        assert error_text(answer) == WRONG_TEXT


def addresses(number: int) -> Iterator[str]:
    """Yield addresses of different networks."""
    yield from (f"198.51.100.{each}" for each in range(number))


@BOTH
def test_eleventh_failure_is_refused_without_asking_coder(client: Client, coder: SimulatedCoder) -> None:
    fail(client, 10)
    coder.clear_requests()
    answer = client.post("/login/", ALICE, REMOTE_ADDR="203.0.113.1")
    assert answer.status_code == 422
    assert error_text(answer).startswith("Too many failed sign-ins with this email address. Try again at ")
    assert Html(answer).one("input", name="email").get("value") == "alice@example.com"
    assert coder.request_lines() == []


@BOTH
def test_successful_sign_ins_are_not_limited(coder: SimulatedCoder, settings: Settings) -> None:
    settings.LOGIN_ATTEMPTS = 1  # ten failures for an address
    for name in ("alice", "bob", "tina", "uma") * 4:
        answer = Client().post("/login/", {"email": f"{name}@example.com", "password": PASSWORD})
        assert answer.status_code == 302
    assert not AttemptCounter.objects.exists()


@pytest.mark.parametrize("kind", ["refuse", "error", "rate_limited", "bad_gateway"])
def test_error_of_coder_is_no_failure(client: Client, coder: SimulatedCoder, kind: str) -> None:
    coder.server.add_fault(kind, path="/users/login$")
    for _ in range(11):
        client.post("/login/", ALICE)
    coder.server.clear_faults()
    assert client.post("/login/", ALICE).status_code == 302


def test_owner_of_attacked_email_signs_in_from_another_address(client: Client, coder: SimulatedCoder) -> None:
    fail(client, 10)
    assert client.post("/login/", ALICE, REMOTE_ADDR="203.0.113.2").status_code == 302


def test_email_is_refused_from_everywhere_after_fifty_failures(client: Client, coder: SimulatedCoder) -> None:
    for address in addresses(5):
        fail(client, 10, address=address)
    answer = client.post("/login/", ALICE, REMOTE_ADDR="203.0.113.9")
    assert error_text(answer).startswith("Too many failed sign-ins with this email address.")
    other = {"email": "bob@example.com", "password": PASSWORD}
    assert client.post("/login/", other, REMOTE_ADDR="203.0.113.9").status_code == 302


def test_address_is_refused_after_a_hundred_failures(client: Client, coder: SimulatedCoder) -> None:
    for number in range(100):
        fail(client, 1, email=f"somebody-{number}@example.com")
    coder.clear_requests()
    for fields in (ALICE, {"token": "abcdefghij-abcdefghijklmnopqrstuv"}):
        answer = client.post("/login/", fields, REMOTE_ADDR="203.0.113.1")
        assert error_text(answer).startswith("Too many failed sign-ins from your IP address.")
    assert coder.request_lines() == []
    assert client.post("/login/", ALICE, REMOTE_ADDR="203.0.113.2").status_code == 302


def test_wrong_tokens_count_for_their_address(client: Client, coder: SimulatedCoder, settings: Settings) -> None:
    settings.LOGIN_ATTEMPTS = 1
    token = create_token(coder)
    for _ in range(10):
        client.post("/login/", {"token": "abcdefghij-abcdefghijklmnopqrstuv"})
    assert error_text(client.post("/login/", {"token": token})).startswith(
        "Too many failed sign-ins from your IP address"
    )


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:203.0.113.1", "203.0.113.1", True),
        ("203.0.113.1", "203.0.113.2", False),
    ],
    ids=["same /64", "other /64", "IPv4 in IPv6", "other IPv4"],
)
def test_addresses_of_one_ipv6_network_count_together(
    client: Client, coder: SimulatedCoder, settings: Settings, first: str, second: str, *, is_same: bool
) -> None:
    settings.LOGIN_ATTEMPTS = 1
    fail(client, 1, address=first)
    assert (client.post("/login/", ALICE, REMOTE_ADDR=second).status_code == 422) is is_same


def test_spellings_of_email_count_together(client: Client, coder: SimulatedCoder, settings: Settings) -> None:
    spellings = ("alice@example.com", "ALICE@example.com", " Alice@Example.Com ", "al\u0130ce@example.com")
    settings.LOGIN_ATTEMPTS = len(spellings)
    for spelling in spellings:
        fail(client, 1, email=spelling)
    assert client.post("/login/", ALICE, REMOTE_ADDR="203.0.113.1").status_code == 422


@pytest.mark.parametrize(("letter", "ascii_letter"), [("\u0130", "i"), ("\u212a", "k")])  # there are no others
def test_letter_with_ascii_letter_as_lower_case_counts_as_it(letter: str, ascii_letter: str) -> None:
    assert throttle.normalize_email(f"a{letter}@example.com") == f"a{ascii_letter}@example.com"


def test_parallel_attempts_count_before_coder_has_answered() -> None:
    for _ in range(10):
        throttle.begin_attempt("203.0.113.1", "alice@example.com")
    with pytest.raises(throttle.TooManyFailures):
        throttle.begin_attempt("203.0.113.1", "alice@example.com")


@BOTH
def test_message_and_header_name_the_time_of_next_attempt(
    client: Client, coder: SimulatedCoder, settings: Settings, fake_clock: FakeClock, version: str
) -> None:
    settings.LOGIN_ATTEMPTS = 1
    fail(client, 1)
    fake_clock.advance(100)
    client.cookies["tz"] = "Asia%2FTokyo"
    answer = client.post("/login/", ALICE, REMOTE_ADDR="203.0.113.1")
    seconds = int(answer.headers["Retry-After"])
    assert 190 <= seconds <= 201
    assert re.search(r"Try again at \d\d:\d\d \(Asia/Tokyo\)\.$", error_text(answer))
    fake_clock.advance(seconds)
    assert client.post("/login/", ALICE, REMOTE_ADDR="203.0.113.1").status_code == 302


def test_refused_attempt_does_not_prolong_the_wait(
    client: Client, coder: SimulatedCoder, settings: Settings, fake_clock: FakeClock
) -> None:
    settings.LOGIN_ATTEMPTS = 1
    fail(client, 1)
    for _ in range(5):
        fake_clock.advance(59)
        assert client.post("/login/", ALICE, REMOTE_ADDR="203.0.113.1").status_code == 422
    fake_clock.advance(6)
    assert client.post("/login/", ALICE, REMOTE_ADDR="203.0.113.1").status_code == 302


def test_made_up_emails_do_not_displace_the_counter_of_an_attacked_one(
    client: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "MAX_COUNTERS", 30)
    monkeypatch.setattr(throttle, "EVICTED_AT_ONCE", 5)
    fail(client, 10)
    for number, address in enumerate(addresses(60)):
        throttle.begin_attempt(address, f"somebody-{number}@example.com")
        assert AttemptCounter.objects.count() <= 30
    cache.clear()  # the counters are not there
    assert client.post("/login/", ALICE, REMOTE_ADDR="203.0.113.1").status_code == 422


def test_stored_counters_do_not_hold_email_or_address(client: Client, coder: SimulatedCoder) -> None:
    fail(client, 1)
    stored = str(list(AttemptCounter.objects.values()))
    assert "alice" not in stored
    assert "203.0.113" not in stored
