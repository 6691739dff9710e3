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

KEPT_AS = "draft"  # in the session
KEEP = 3600  # s
LONGEST = 256 * 1024  # letters of all fields of a form
READER = "reader"  # the field with the mark
LEFT_OUT = (READER, "csrfmiddlewaretoken", "next", "again")
SALT = "portal.drafts"


def mark(person: UUID) -> str:
    """The mark of a form that is shown to this person."""
    return signing.dumps(str(person), salt=SALT)


def reader(request: HttpRequest) -> UUID | None:
    """Whom the form that was sent had been shown to; None where it bears no mark of this portal's."""
    try:
        return UUID(signing.loads(request.POST.get(READER, ""), salt=SALT, max_age=settings.SESSION_AGE))
    except signing.BadSignature:
        return None


def sealed(request: HttpRequest) -> str:
    """The fields that were sent, sealed for whoever typed them; else what lies in the session already, or ""."""
    person = reader(request)
    if person is None:
        return str(request.session.get(KEPT_AS, ""))
    fields = request.POST.copy()
    for name in LEFT_OUT:
        fields.pop(name, None)
    typed = json.dumps([request.path, fields.urlencode()])
    return tokens.seal(typed, person) if len(typed) <= LONGEST else ""


def keep(request: HttpRequest, draft: str) -> None:
    """Put what `sealed` gave into the session. One in which nobody is signed in lives as long as the draft does."""
    if not draft:
        return
    request.session[KEPT_AS] = draft
    if "person" not in request.session:
        request.session.set_expiry(KEEP)


def held(request: HttpRequest, person: UUID) -> str:
    """What lies in the session for this person, still sealed; "" where there is nothing, or another's."""
    draft = str(request.session.get(KEPT_AS, ""))
    return draft if draft and opened(draft, person) else ""


def opened(draft: str, person: UUID) -> Any:
    """The address and the fields, as a form sends them; None where they are another's, or too old."""
    try:
        return json.loads(tokens.unseal(draft, person, within_s=KEEP))
    except tokens.Unsealable:
        return None


def find(request: HttpRequest, person: UUID, address: str) -> QueryDict | None:
    """What this person had typed into the form that is sent to `address`; None where nothing is kept."""
    draft = request.session.get(KEPT_AS)
    found = opened(draft, person) if draft else None
    return QueryDict(found[1]) if found and found[0] == address else None


def shown(request: HttpRequest) -> None:
    """It stands in its form again: forget it, and say that nothing has come of it yet."""
    del request.session[KEPT_AS]
    said = _("Your session had ended when you sent this, so nothing was done.")
    messages.info(request, " ".join([said, _("What you typed stands here: send it again.")]))
