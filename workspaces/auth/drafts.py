"""Drafts: what was typed into a form that was submitted after its session had ended.

A form holds a signed field with the id of the person whom it was shown to. It allows to store the fields without a
session: encrypted for that person, in the browser's new session, for an hour. Only the newest form is stored. Since
nobody is signed in then, a draft comes only from a page of the portal, and the stored ones are limited: in size, in
number, and in how fast they come from one person or address.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from workspaces.auth import throttle, tokens
from workspaces.auth.session_store import request_key_hash
from workspaces.gateway.client_address import client_address
from workspaces.models import PortalSession

SESSION_KEY = "draft"
MAX_AGE_S = 3600
MAX_LENGTH = 256 * 1024  # characters of all fields of a form
MAX_PER_PERSON = 3  # in sessions where nobody is signed in; of more, the oldest are deleted
MAX_STORED = 200  # the same for all people
PERSON_LIMIT = 20  # drafts of one person within throttle.WINDOW_S
ADDRESS_LIMIT = 100  # drafts from one address within throttle.WINDOW_S
OWNER_FIELD = "reader"
EXCLUDED_FIELDS = (OWNER_FIELD, "csrfmiddlewaretoken", "next", "again")
SALT = "portal.drafts"


def sign_form_owner(person: UUID) -> str:
    """Return the value of OWNER_FIELD for a form that is shown to this person."""
    return signing.dumps(str(person), salt=SALT)


def form_owner(request: HttpRequest) -> UUID | None:
    """Return the person that the submitted form was shown to; None where its OWNER_FIELD is missing or invalid."""
    try:
        return UUID(signing.loads(request.POST.get(OWNER_FIELD, ""), salt=SALT, max_age=settings.SESSION_AGE))
    except signing.BadSignature:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form's fields, encrypted for a person."""

    person: UUID
    encrypted: str


def is_from_own_page(request: HttpRequest) -> bool:
    """Return whether a page of the portal sent the form: it has cookies of the portal, and the portal's Origin.

    Browsers send no cookies with a form of another site (SameSite), and always the Origin of the page.
    """
    origin = request.headers.get("Origin", "")
    own_origins = [f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS]
    own_cookies = {settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_NAME}
    return origin in own_origins and not own_cookies.isdisjoint(request.COOKIES)


def read_submission(request: HttpRequest) -> Draft | None:
    """Return the submitted fields for the form's owner; None for a form that is too large, and for too many.

    Without an owner return the draft that the session of a person already holds. Call it for a form of the portal's own
    pages.
    """
    person = form_owner(request)
    if person is None:
        return session_draft(request)
    fields = request.POST.copy()
    for name in EXCLUDED_FIELDS:
        fields.pop(name, None)
    submission = json.dumps([request.path, fields.urlencode()])
    if len(submission) > MAX_LENGTH:
        return None
    try:
        throttle.count_attempt(draft_limits(person, client_address(request)))
    except throttle.TooManyFailures:
        return None
    return Draft(person=person, encrypted=tokens.encrypt(submission, person))


def draft_limits(person: UUID, address: str) -> Iterator[throttle.Limit]:
    """Yield the limits for a draft of this person from this address."""
    yield throttle.Limit(key=throttle.hash_subject("draft", str(person)), failures=PERSON_LIMIT)
    if network := throttle.network_of(address):
        yield throttle.Limit(key=throttle.hash_subject("draft address", network), failures=ADDRESS_LIMIT)


def is_stored_only(request: HttpRequest) -> bool:
    """Return whether the request's session only stores a draft, and the request sends no other.

    Such a session stays as it is: to store the draft again, for another hour, would be a write that no limit counts.
    """
    return "draft_person" in request.session and form_owner(request) is None


def session_draft(request: HttpRequest) -> Draft | None:
    """Return the draft that the session of a person holds."""
    person, encrypted = request.session.get("person", {}).get("id"), request.session.get(SESSION_KEY)
    return Draft(person=UUID(person), encrypted=encrypted) if person and encrypted else None


def save_draft(request: HttpRequest, draft: Draft | None) -> None:
    """Store a draft in the session. A session without a person expires with the draft."""
    if draft is None:
        return
    request.session[SESSION_KEY] = draft.encrypted
    if "person" not in request.session:
        request.session["draft_person"] = str(draft.person)
        request.session.set_expiry(MAX_AGE_S)
        delete_oldest_drafts(request, draft.person)


def delete_oldest_drafts(request: HttpRequest, person: UUID) -> None:
    """Delete sessions that hold only a draft, so that with the one of this request there are not too many."""
    stored = PortalSession.objects.filter(draft_person__isnull=False).order_by("-expire_date")
    others = stored.exclude(session_key=request_key_hash(request))
    of_person = others.filter(draft_person=person).values_list("session_key", flat=True)
    of_all = others.values_list("session_key", flat=True)
    excess = {*of_person[MAX_PER_PERSON - 1 :], *of_all[MAX_STORED - 1 :]}
    if excess:
        PortalSession.get_session_store_class().delete_rows(excess)


def stored_draft(request: HttpRequest, person: UUID) -> str:
    """Return the session's draft of this person, still encrypted; "" where there is none."""
    draft = str(request.session.get(SESSION_KEY, ""))
    return draft if draft and decrypt_draft(draft, person) else ""


def decrypt_draft(draft: str, person: UUID) -> Any:
    """Return the draft as [path, urlencoded fields]; None where it is another person's or too old."""
    try:
        return json.loads(tokens.decrypt(draft, person, max_age_s=MAX_AGE_S))
    except tokens.DecryptionError:
        return None


def find_fields(request: HttpRequest, person: UUID, path: str) -> QueryDict | None:
    """Return the fields of this person's draft for the form that is submitted to `path`; None where there is none."""
    draft = request.session.get(SESSION_KEY)
    submission = decrypt_draft(draft, person) if draft else None
    return QueryDict(submission[1]) if submission and submission[0] == path else None


def finish_restore(request: HttpRequest) -> None:
    """Delete the draft, which its form shows again, and add a message that nothing was done yet."""
    del request.session[SESSION_KEY]
    text = _("Your session expired before you submitted this form. Nothing was changed.")
    messages.info(request, " ".join([text, _("Your input is below. Submit it again.")]))
