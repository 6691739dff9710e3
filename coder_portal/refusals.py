"""Responses to requests that the portal does not carry out, sent before Django takes them."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _
from starlette.types import Send

RETRY_AFTER_S = 5
logger = logging.getLogger("portal.request")


def explain(status: HTTPStatus) -> str:
    """Return what happened and what to do, for people."""
    match status:
        case HTTPStatus.REQUEST_TIMEOUT:
            return _("The request took too long to arrive. Nothing was changed. Try again.")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _("The request is too large. Nothing was changed. Shorten your input.")
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return _("The portal is busy. Nothing was changed. Try again in a few seconds.")
        case HTTPStatus.INTERNAL_SERVER_ERROR:
            return _("The portal is not configured correctly. Nothing was changed. For details, see the portal’s log.")
        case _:
            return _("The portal could not read this request. Nothing was changed.")


async def send_refusal(send: Send, scope: Mapping[str, Any], status: HTTPStatus, *, more_body: bool = False) -> None:
    """Send the whole response and log one line; afterwards the server closes the connection.

    `more_body`: the connection stays open until a further, empty part of the body is sent.
    """
    body = f"{explain(status)}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"%d" % RETRY_AFTER_S))
    fields = {"method": scope["method"], "path": scope["path"], "status": int(status)}
    logger.info("%s %s %s", *fields.values(), extra=fields)
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": more_body})


async def send_end(send: Send) -> None:
    """End a response that was sent with `more_body`."""
    await send({"type": "http.response.body", "body": b"", "more_body": False})
