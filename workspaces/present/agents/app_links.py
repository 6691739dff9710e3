"""The apps of an agent as links, or with the reason why an app cannot be opened."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.actions.context import Rights
from workspaces.coder.addresses import url_scheme
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Agent, App, Workspace
from workspaces.present.agents.apps import (
    TOKEN_PLACEHOLDER,
    AppAddress,
    make_app_address,
    make_builtin_address,
    name_too_long_text,
    subdomain_url,
    uses_subdomain,
)
from workspaces.present.icons import icon_hue, icon_url
from workspaces.present.page_models import Status, Tone, Viewer

# By Coder's word for an app's health; healthy and unchecked apps show none.
HEALTH_DISPLAY: dict[str, tuple[str, Tone, str]] = {
    "initializing": (gettext_noop("starting"), "busy", "loader-circle"),
    "unhealthy": (gettext_noop("unhealthy"), "warn", "triangle-alert"),
}
# By Coder's sharing level: a label and a sentence.
SHARING_TEXTS = {
    "authenticated": (gettext_noop("All Coder users"), gettext_noop("Any signed-in Coder user can open this.")),
    "organization": (gettext_noop("Organization"), gettext_noop("Any member of the organization can open this.")),
    "public": (gettext_noop("Public"), gettext_noop("Anyone with the address can open this.")),
}
# By Coder's name in `display_apps`: the name in URLs and the icon.
BUILTIN_APPS = {
    "vscode": ("vscode", "/icon/code.svg"),
    "vscode_insiders": ("vscode_insiders", "/icon/code.svg"),
    "web_terminal": ("terminal", "/icon/terminal.svg"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppLink:
    """An app. `href` is "" if it cannot be opened now; `reason` says why."""

    name: str  # the app of POST /workspaces/<id>/usage/
    agent_id: UUID
    label: str
    icon_url: str
    letter: str
    hue: int
    href: str
    reason: str
    note: str  # why the URL leads to another page than expected, or ""
    needs_lookup: bool  # the URL needs a call to Coder: the page of the agents has it
    health: Status | None
    sharing: str  # who else may open it; "" if only the owner may
    sharing_hint: str
    tooltip: str
    target: str  # "tab", "window" (a small one) or "program" (on the viewer's machine)

    @property
    def usage_json(self) -> str:
        """The fields of POST /workspaces/<id>/usage/ as JSON."""
        return json.dumps({"agent_id": str(self.agent_id), "app": self.name})


@dataclass(frozen=True, slots=True, kw_only=True)
class AppGroup:
    """A group of apps; the group "" has no heading."""

    name: str
    apps: tuple[AppLink, ...]


def make_app_groups(workspace: Workspace, viewer: Viewer, rights: Rights, agent: Agent) -> tuple[AppGroup, ...]:
    """Return the apps of an agent by group: the template's in Coder's order, then Coder's own."""
    links = [
        (sanitize_text(app.group), make_app_link(workspace, viewer, rights, agent, app))
        for app in agent.apps or ()
        if not app.hidden
    ]
    names = dict.fromkeys(["", *(group for group, _tile in links)])
    by_group = {name: [shown for group, shown in links if group == name] for name in names}
    by_group[""] += make_builtin_links(workspace, viewer, rights, agent)
    return tuple(AppGroup(name=name, apps=tuple(shown)) for name, shown in by_group.items() if shown)


def make_app_link(workspace: Workspace, viewer: Viewer, rights: Rights, agent: Agent, app: App) -> AppLink:
    """Return the link to an app of the template."""
    address = make_app_address(workspace, viewer, agent, app, viewer.app_host or "")
    no_address = reason_no_address(viewer, app)
    is_unknown = uses_subdomain(app) and viewer.app_host is None
    reason = reason_unavailable(workspace, rights, agent, app) or no_address
    _word, tone, icon = HEALTH_DISPLAY.get(app.health, ("", "off", ""))
    return AppLink(
        name=app.slug,
        agent_id=agent.id,
        label=address.label,
        icon_url=icon_url(app.icon, viewer.public_url),
        letter=address.label[:1].upper(),
        hue=icon_hue(app.slug),
        href="" if reason or is_unknown else address.href,
        reason=reason,
        note="" if reason or is_unknown else address.note,
        needs_lookup=is_unknown and not reason,
        health=Status(key=app.health, label=_(_word), tone=tone, icon=icon, tooltip="")
        if _word and not reason
        else None,
        sharing=_(SHARING_TEXTS[app.sharing_level][0]) if app.sharing_level in SHARING_TEXTS else "",
        sharing_hint=_(SHARING_TEXTS[app.sharing_level][1]) if app.sharing_level in SHARING_TEXTS else "",
        tooltip=sanitize_text(app.tooltip),
        target=link_target(app, address),
    )


def make_builtin_links(workspace: Workspace, viewer: Viewer, rights: Rights, agent: Agent) -> Iterator[AppLink]:
    """Yield the terminal and the editors on the viewer's machine, if the template shows them."""
    for display_app in agent.display_apps or ():
        name, icon = BUILTIN_APPS.get(display_app, ("", ""))
        if address := make_builtin_address(workspace, viewer, agent, name):
            reason = reason_unavailable(workspace, rights, agent, None)
            yield AppLink(
                name=name,
                agent_id=agent.id,
                label=address.label,
                icon_url=icon_url(icon, viewer.public_url),
                letter=address.label[:1],
                hue=icon_hue(name),
                href="" if reason else address.href,
                reason=reason,
                note="",
                needs_lookup=False,
                health=None,
                sharing="",
                sharing_hint="",
                tooltip="",
                target="tab" if name == "terminal" else "program",
            )


def link_target(app: App, address: AppAddress) -> str:
    """Return where an app opens. Coder calls a small window slim-window."""
    if url_scheme(address.href) not in {"http", "https"}:
        return "program"
    return "window" if app.open_in == "slim-window" and not app.external else "tab"


def reason_no_address(viewer: Viewer, app: App) -> str:
    """Return why an app with its own subdomain has no URL; "" if it has one, or if that is not known yet."""
    if not uses_subdomain(app) or viewer.app_host is None:
        return ""
    if not viewer.app_host.startswith("*") or not app.subdomain_name:
        return _("This app needs a subdomain, and this Coder deployment has no wildcard access URL.")
    return "" if subdomain_url(viewer, viewer.app_host, app.subdomain_name) else name_too_long_text()


def reason_unavailable(workspace: Workspace, rights: Rights, agent: Agent, app: App | None) -> str:
    """Return why an app cannot be opened now; "" if it can. `app` is None for Coder's own apps.

    An external URL needs no agent. An app with a bad or unknown health can be opened.
    """
    if app and app.external and TOKEN_PLACEHOLDER not in app.url:
        return ""
    if workspace.latest_build.status != "running":
        return _("Available while the workspace is running.")
    if not rights.connect and (app is None or app.sharing_level not in SHARING_TEXTS):
        return _("Only the owner can open this.")
    return reason_agent_not_ready(agent) or (reason_login_blocked(agent) if app else "")


def reason_agent_not_ready(agent: Agent) -> str:
    """Return why an agent cannot be reached; "" if it can."""
    match agent.status, agent.lifecycle_state:
        case "connecting", _state:
            return _("Available once the agent is connected.")
        case "timeout", _state:
            return _("The agent has not connected.")
        case "disconnected", _state:
            return _("Available once the agent reconnects.")
        case "connected", "shutting_down" | "shutdown_timeout" | "shutdown_error":
            return _("The agent is shutting down.")
        case "connected", "off":
            return _("The agent is off.")
    return ""


def reason_login_blocked(agent: Agent) -> str:
    """Return the reason if a startup script blocks logins; else ""."""
    is_blocked = agent.startup_script_behavior == "blocking" and agent.lifecycle_state in {"created", "starting"}
    return _("Available once the startup script ends.") if is_blocked else ""
