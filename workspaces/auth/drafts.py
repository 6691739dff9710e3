"""Drafts: what was typed into a form that was submitted after its session had ended.

A form holds a signed field with the id of the person whom it was shown to. It allows to store the fields without a
session: encrypted for that person, in the browser's new session, for an hour. Only the newest form is stored.
"""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from workspaces.auth import tokens

SESSION_KEY = "draft"
MAX_AGE_S = 3600
MAX_LENGTH = 256 * 1024  # characters of all fields of a form
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


def encrypt_submission(request: HttpRequest) -> str:
    """Return the submitted fields, encrypted for the form's owner.

    Without an owner return the draft that the session already holds, or "". A form over MAX_LENGTH gives "".
    """
    person = form_owner(request)
    if person is None:
        return str(request.session.get(SESSION_KEY, ""))
    fields = request.POST.copy()
    for name in EXCLUDED_FIELDS:
        fields.pop(name, None)
    submission = json.dumps([request.path, fields.urlencode()])
    return tokens.encrypt(submission, person) if len(submission) <= MAX_LENGTH else ""


def save_draft(request: HttpRequest, draft: str) -> None:
    """Store an encrypted draft in the session. A session without a person expires with the draft."""
    if not draft:
        return
    request.session[SESSION_KEY] = draft
    if "person" not in request.session:
        request.session.set_expiry(MAX_AGE_S)


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
    text = _("Your session had expired when you sent this form. Nothing was changed.")
    messages.info(request, " ".join([text, _("Your input is below. Send it again.")]))
