"""What can be opened in a workspace, and the address at which a browser finds it: all of it from Coder's answer."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.coder.types import Agent, App, Workspace
from workspaces.present.objects import Viewer

# What a link may lead to: the web, and the editors that Coder's own dashboard opens.
SCHEMES = frozenset(
    {
        "http",
        "https",
        "vscode",
        "vscode-insiders",
        "vscodium",
        "cursor",
        "windsurf",
        "kiro",
        "positron",
        "antigravity",
        "zed",
        "jetbrains",
        "jetbrains-gateway",
    }
)
TOKEN = "$SESSION_TOKEN"  # noqa: S105  # what a template writes where Coder puts a token in; no page of ours may hold one


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Something to open: its name, its address, and where that leads elsewhere than one would think, why."""

    label: str
    href: str
    note: str
    told: str  # how Coder calls such a use: vscode, reconnecting-pty; "" where it has no word for it


def agent_of(workspace: Workspace, agent_id: UUID) -> Agent | None:
    """The agent of the latest build with this id."""
    resources = workspace.latest_build.resources or ()
    return next((one for each in resources for one in each.agents or () if one.id == agent_id), None)


def app_of(agent: Agent, slug: str) -> App | None:
    """The app of an agent with this slug."""
    return next((one for one in agent.apps or () if one.slug == slug), None)


def opening(workspace: Workspace, viewer: Viewer, agent: Agent, name: str, host: str = "") -> Opening | None:
    """The way to an app by its slug, to the `terminal` or to `vscode`; None where the agent has no such thing.

    `host`: where apps with a subdomain of their own are found, as Coder says it ("*.apps.example.com").
    """
    if app := app_of(agent, name):
        return app_opening(workspace, viewer, agent, app, host)
    place = f"{viewer.public_url}/@{workspace.owner_name}/{workspace.name}.{agent.name}"
    if name == "terminal":
        return Opening(label=_("Terminal"), href=f"{place}/terminal", note="", told="reconnecting-pty")
    if name == "vscode":
        facts = {
            "owner": workspace.owner_name,
            "workspace": workspace.name,
            "url": viewer.public_url,
            "agent": agent.name,
            "folder": agent.expanded_directory or agent.directory,
            "openRecent": "true",
        }
        query = urlencode({key: value for key, value in facts.items() if value}, quote_via=quote)
        return Opening(label="VS Code", href=f"vscode://coder.coder-remote/open?{query}", note="", told="vscode")
    return None


def app_opening(workspace: Workspace, viewer: Viewer, agent: Agent, app: App, host: str) -> Opening:
    """The way to an app; through the workspace's page in Coder where no link of the portal's may lead there."""
    label = app.display_name or app.slug
    page = f"{viewer.public_url}/@{workspace.owner_name}/{workspace.name}"
    if app.external:
        if TOKEN in app.url:
            note = _("This one is opened with a token, which only Coder’s own page can do.")
            return Opening(label=label, href=page, note=note, told="")
        if urlsplit(app.url).scheme.lower() in SCHEMES:
            return Opening(label=label, href=app.url, note="", told="")
        note = _("Its address is none that the portal opens; Coder’s own page can.")
        return Opening(label=label, href=page, note=note, told="")
    if not app.subdomain:
        return Opening(label=label, href=f"{page}.{agent.name}/apps/{quote(app.slug)}/", note="", told="")
    if app.subdomain_name and host.startswith("*"):
        scheme = urlsplit(viewer.public_url).scheme
        address = f"{scheme}://{app.subdomain_name}{host.removeprefix('*')}/"
        return Opening(label=label, href=address, note="", told="")
    note = _("It wants an address of its own, and this Coder has none for apps. Whoever runs Coder can give it one.")
    return Opening(label=label, href=page, note=note, told="")


def needs_host(agent: Agent, name: str) -> bool:
    """Whether the way to it depends on where Coder serves apps with a subdomain."""
    app = app_of(agent, name)
    return app is not None and app.subdomain and not app.external
