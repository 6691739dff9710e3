"""What the server can say about a page's origin: whether it may frame the portal, and whether cookies reach a frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from workspaces.coder.addresses import parse_web_address
from workspaces.embed.host_script import HOST_SCRIPT
from workspaces.embed.origins import AllowedOrigins, parse_origin

type Verdict = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One finding, and what to set where, if it is not good."""

    verdict: Verdict
    text: str
    advice: str = ""


def check_origin(origin: str, allowed: AllowedOrigins, portal_url: str) -> Iterator[CheckLine]:
    """Yield the findings about an origin. They tell nothing of other origins that are allowed."""
    if origin == "null":  # as browsers write it, and host.js in its link
        yield CheckLine(
            verdict="bad",
            text=_("The page has no origin: it is in a sandbox without allow-same-origin, or it is a local file."),
            advice=_("Serve the page over HTTPS, and add allow-same-origin to its sandbox."),
        )
        return
    address = parse_origin(origin)
    if address is None:
        yield CheckLine(
            verdict="bad",
            text=_("This is not an origin."),
            advice=_("Use the scheme, the host, and the port of the page, like https://intranet.example.com."),
        )
        return
    match allowed.match(origin):
        case "exact":
            yield CheckLine(verdict="ok", text=_("Pages of this origin can show frames of the portal, with buttons."))
        case "wildcard":
            yield CheckLine(
                verdict="warn",
                text=_(
                    "Pages of this origin can show frames of the portal, without buttons: only a wildcard allows it."
                ),
                advice=_("For frames with buttons, add %(origin)s to EMBED_ALLOWED_ORIGINS.")
                % {"origin": address.origin},
            )
        case _:
            yield CheckLine(
                verdict="bad",
                text=_("The origin is not allowed: browsers do not show frames of the portal on its pages."),
                advice=_("Add %(origin)s to EMBED_ALLOWED_ORIGINS, and restart the portal.")
                % {"origin": address.origin},
            )
    yield site_line(origin, portal_url)


def site_line(origin: str, portal_url: str) -> CheckLine:
    """Return whether the page and the portal are the same site; if not, what a frame needs for a sign-in."""
    page, portal = parse_web_address(origin), parse_web_address(portal_url)
    if page.scheme == portal.scheme and page.host == portal.host:
        return CheckLine(verdict="ok", text=_("The page and the portal are the same site: the host is the same."))
    if page.scheme == portal.scheme and (domain := shared_domain(page.host, portal.host)):
        return CheckLine(
            verdict="ok",
            text=_("The page and the portal are the same site if %(domain)s belongs to one organization.")
            % {"domain": domain},
        )
    if portal.scheme == "http" and not portal.is_loopback:
        return CheckLine(
            verdict="bad",
            text=_("The page and the portal are different sites: the frame stays signed out."),
            advice=_(
                "Serve the portal over HTTPS: without it, browsers do not store cookies of frames on other sites."
            ),
        )
    return CheckLine(
        verdict="warn",
        text=_("The page and the portal are different sites: each user allows the frame once, in a new window."),
        advice=_("If both use HTTPS on one domain, frames use the session of the portal."),
    )


def found_line(found: str) -> CheckLine | None:
    """Return what a frame on a page of another site has found out, which its link to the check names."""
    match found:
        case "kept":
            return CheckLine(verdict="ok", text=_("The browser stores the frame’s cookie on this page."))
        case "not-kept":
            return CheckLine(
                verdict="bad",
                text=_("The browser does not store the portal’s cookies in frames on this page."),
                advice=_("Serve the page and the portal on one domain, or use Chromium or Firefox."),
            )
        case "no-opener":
            return CheckLine(
                verdict="bad",
                text=_("The sign-in window cannot reach the frame, so the frame stays signed out."),
                advice=_(
                    "Remove the Cross-Origin-Opener-Policy of the page, or set it to same-origin-allow-popups. Remove "
                    "it from the sign-in service. Allow pop-up windows for the page."
                ),
            )
    return None


def shared_domain(one: str, other: str) -> str:
    """Return the domain of two labels or more that two hosts share; "" if they share none."""
    shared = list[str]()
    for left, right in zip(reversed(one.split(".")), reversed(other.split(".")), strict=False):
        if left != right:
            break
        shared.insert(0, left)
    return ".".join(shared) if len(shared) > 1 and not shared[-1].isdecimal() else ""


def snippet(portal_url: str, *, pinned: bool) -> str:
    """Return the HTML that shows the list on a page; `pinned`: with the script of this release only."""
    name = f"host.{HOST_SCRIPT.digest}.js" if pinned else "host.js"
    attributes = f' integrity="{HOST_SCRIPT.integrity}" crossorigin="anonymous"' if pinned else ""
    return (
        f'<coder-workspaces q="owner:me" theme="system">\n  <a href="{portal_url}/workspaces/">Workspaces</a>\n'
        f'</coder-workspaces>\n<script src="{portal_url}/embed/{name}"{attributes} async></script>'
    )


def host_policy(portal_url: str) -> str:
    """Return the directives that the Content-Security-Policy of the page around the frame needs."""
    origin = parse_web_address(portal_url).origin
    return f"script-src {origin}; frame-src {origin}"
