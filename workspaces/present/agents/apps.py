"""What can be opened in a workspace, and the address at which a browser finds it: all of it from Coder's answer."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.coder.types import Agent, App, Workspace
from workspaces.present.page_models import Viewer

# What a link may lead to: the web, and the editors that Coder's own dashboard opens.
ALLOWED_SCHEMES = frozenset(
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
TOKEN_PLACEHOLDER = "$SESSION_TOKEN"  # noqa: S105  # what a template writes where Coder puts a token in; no page of ours may hold one
MAX_DNS_LABEL = 63  # letters between two dots of a host's name
EDITORS = {"vscode": ("VS Code", "vscode"), "vscode_insiders": ("VS Code Insiders", "vscode-insiders")}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppAddress:
    """Something to open: its name, its address, and where that leads elsewhere than one would think, why."""

    label: str
    href: str
    note: str
    usage_name: str  # how Coder calls such a use: vscode, reconnecting-pty; "" where it has no word for it


def find_agent(workspace: Workspace, agent_id: UUID) -> Agent | None:
    """The agent of the latest build with this id."""
    resources = workspace.latest_build.resources or ()
    return next((one for each in resources for one in each.agents or () if one.id == agent_id), None)


def find_app(agent: Agent, slug: str) -> App | None:
    """The app of an agent with this slug."""
    return next((one for one in agent.apps or () if one.slug == slug), None)


def find_app_address(
    workspace: Workspace, viewer: Viewer, agent: Agent, name: str, host: str = ""
) -> AppAddress | None:
    """The way to an app by its slug, to the `terminal`, to `vscode` or to `vscode_insiders`.

    None where the agent has no such thing. `host`: where apps with a subdomain of their own are found, as Coder
    says it ("*.apps.example.com").
    """
    if app := find_app(agent, name):
        return make_app_address(workspace, viewer, agent, app, host)
    return make_builtin_address(workspace, viewer, agent, name)


def make_builtin_address(workspace: Workspace, viewer: Viewer, agent: Agent, name: str) -> AppAddress | None:
    """The way to the `terminal`, or to an editor on the person's own machine: without a token in its address."""
    if name == "terminal":
        return AppAddress(
            label=_("Terminal"),
            href=f"{agent_url(workspace, viewer, agent)}/terminal",
            note="",
            usage_name="reconnecting-pty",
        )
    if name not in EDITORS:
        return None
    label, scheme = EDITORS[name]
    facts = {
        "owner": workspace.owner_name,
        "workspace": workspace.name,
        "url": viewer.public_url,
        "agent": agent.name,
        "folder": agent.expanded_directory or agent.directory,
        "openRecent": "true",
    }
    query = urlencode({key: value for key, value in facts.items() if value}, quote_via=quote)
    return AppAddress(label=label, href=f"{scheme}://coder.coder-remote/open?{query}", note="", usage_name="vscode")


def make_app_address(workspace: Workspace, viewer: Viewer, agent: Agent, app: App, host: str) -> AppAddress:
    """The way to an app; through the workspace's page in Coder where no link of the portal's may lead there."""
    label = app.display_name or app.slug
    page = f"{viewer.public_url}/@{workspace.owner_name}/{workspace.name}"
    if app.external:
        if TOKEN_PLACEHOLDER in app.url:
            note = _("This one is opened with a token, which only Coder’s own page can do.")
            return AppAddress(label=label, href=page, note=note, usage_name="")
        if urlsplit(app.url).scheme.lower() in ALLOWED_SCHEMES:
            return AppAddress(label=label, href=app.url, note="", usage_name="")
        note = _("Its address is none that the portal opens; Coder’s own page can.")
        return AppAddress(label=label, href=page, note=note, usage_name="")
    if app.command:
        query = urlencode({"command": app.command}, quote_via=quote)
        address = f"{agent_url(workspace, viewer, agent)}/terminal?{query}"
        return AppAddress(label=label, href=address, note="", usage_name="reconnecting-pty")
    if not app.subdomain:
        address = f"{agent_url(workspace, viewer, agent)}/apps/{quote(app.slug, safe='')}/"
        return AppAddress(label=label, href=address, note="", usage_name="")
    if not host.startswith("*") or not app.subdomain_name:
        note = _(
            "It wants an address of its own, and this Coder has none for apps. Whoever runs Coder can give it one."
        )
        return AppAddress(label=label, href=page, note=note, usage_name="")
    if address := subdomain_url(viewer, host, app.subdomain_name):
        return AppAddress(label=label, href=address, note="", usage_name="")
    return AppAddress(label=label, href=page, note=name_too_long_text(), usage_name="")


def agent_url(workspace: Workspace, viewer: Viewer, agent: Agent) -> str:
    """Where Coder serves what belongs to an agent, without a slash at its end."""
    return f"{viewer.public_url}/@{workspace.owner_name}/{workspace.name}.{agent.name}"


def subdomain_url(viewer: Viewer, host: str, name: str) -> str:
    """The address with this name in the place of the host's asterisk; "" where it is longer than a name may be."""
    whole = name + host.removeprefix("*")
    if len(whole.split(".")[0]) > MAX_DNS_LABEL:
        return ""
    return f"{urlsplit(viewer.public_url).scheme}://{whole}/"


def name_too_long_text() -> str:
    """Why some things have no address of their own."""
    return _("The names of agent, workspace and owner are together too long for an address of its own.")


def needs_app_host(agent: Agent, name: str) -> bool:
    """Whether the way to it depends on where Coder serves apps with a subdomain."""
    app = find_app(agent, name)
    return app is not None and uses_subdomain(app)


def uses_subdomain(app: App) -> bool:
    """Whether an app is served under a name of its own."""
    return app.subdomain and not app.external and not app.command
