"""What was typed into a form that was sent when its session had ended, for whoever typed it, once they are back.

A form bears a mark: whom it was shown to, signed. By it the fields can be kept without a session. They lie in the
browser's new session at the server, sealed for that person, for an hour; the newest form alone.
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

SESSION_KEY = "draft"  # in the session
MAX_AGE_S = 3600  # s
MAX_LENGTH = 256 * 1024  # letters of all fields of a form
READER_FIELD = "reader"  # the field with the mark
EXCLUDED_FIELDS = (READER_FIELD, "csrfmiddlewaretoken", "next", "again")
SALT = "portal.drafts"


def sign_reader(person: UUID) -> str:
    """The mark of a form that is shown to this person."""
    return signing.dumps(str(person), salt=SALT)


def form_reader(request: HttpRequest) -> UUID | None:
    """Whom the form that was sent had been shown to; None where it bears no mark of this portal's."""
    try:
        return UUID(signing.loads(request.POST.get(READER_FIELD, ""), salt=SALT, max_age=settings.SESSION_AGE))
    except signing.BadSignature:
        return None


def encrypt_submission(request: HttpRequest) -> str:
    """The fields that were sent, sealed for whoever typed them; else what lies in the session already, or ""."""
    person = form_reader(request)
    if person is None:
        return str(request.session.get(SESSION_KEY, ""))
    fields = request.POST.copy()
    for name in EXCLUDED_FIELDS:
        fields.pop(name, None)
    typed = json.dumps([request.path, fields.urlencode()])
    return tokens.encrypt(typed, person) if len(typed) <= MAX_LENGTH else ""


def save_draft(request: HttpRequest, draft: str) -> None:
    """Put what `sealed` gave into the session. One in which nobody is signed in lives as long as the draft does."""
    if not draft:
        return
    request.session[SESSION_KEY] = draft
    if "person" not in request.session:
        request.session.set_expiry(MAX_AGE_S)


def stored_draft(request: HttpRequest, person: UUID) -> str:
    """What lies in the session for this person, still sealed; "" where there is nothing, or another's."""
    draft = str(request.session.get(SESSION_KEY, ""))
    return draft if draft and decrypt_draft(draft, person) else ""


def decrypt_draft(draft: str, person: UUID) -> Any:
    """The address and the fields, as a form sends them; None where they are another's, or too old."""
    try:
        return json.loads(tokens.decrypt(draft, person, max_age_s=MAX_AGE_S))
    except tokens.DecryptionError:
        return None


def find_fields(request: HttpRequest, person: UUID, address: str) -> QueryDict | None:
    """What this person had typed into the form that is sent to `address`; None where nothing is kept."""
    draft = request.session.get(SESSION_KEY)
    found = decrypt_draft(draft, person) if draft else None
    return QueryDict(found[1]) if found and found[0] == address else None


def finish_restore(request: HttpRequest) -> None:
    """It stands in its form again: forget it, and say that nothing has come of it yet."""
    del request.session[SESSION_KEY]
    said = _("Your session had ended when you sent this, so nothing was done.")
    messages.info(request, " ".join([said, _("What you typed stands here: send it again.")]))
