"""The URLs of apps, the terminal and editors, from Coder's description of a workspace."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.coder.addresses import split_url, url_scheme
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Agent, App, Workspace
from workspaces.present.page_models import Viewer

# The web, and the editors that Coder's dashboard opens.
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
WEB = frozenset({"http", "https"})
TOKEN_PLACEHOLDER = "$SESSION_TOKEN"  # noqa: S105  # in URLs of templates; Coder's page replaces it by a token
MAX_DNS_LABEL = 63  # characters
EDITORS = {"vscode": ("VS Code", "vscode"), "vscode_insiders": ("VS Code Insiders", "vscode-insiders")}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppAddress:
    """The URL of something to open, with a note if it leads to another page than expected."""

    label: str
    href: str
    note: str
    usage_name: str  # Coder's name of such a use: vscode, reconnecting-pty; or ""


def find_agent(workspace: Workspace, agent_id: UUID) -> Agent | None:
    """Return the agent of the latest build with this id."""
    resources = workspace.latest_build.resources or ()
    return next((one for each in resources for one in each.agents or () if one.id == agent_id), None)


def find_app(agent: Agent, slug: str) -> App | None:
    """Return the app of an agent with this slug."""
    return next((one for one in agent.apps or () if one.slug == slug), None)


def find_app_address(
    workspace: Workspace, viewer: Viewer, agent: Agent, name: str, host: str = ""
) -> AppAddress | None:
    """Return the URL of an app by its slug, of the `terminal`, of `vscode` or of `vscode_insiders`.

    It is None if the agent has no such app. `host`: the wildcard host of apps, as Coder has it ("*.apps.example.com").
    """
    if app := find_app(agent, name):
        return make_app_address(workspace, viewer, agent, app, host)
    return make_builtin_address(workspace, viewer, agent, name)


def make_builtin_address(workspace: Workspace, viewer: Viewer, agent: Agent, name: str) -> AppAddress | None:
    """Return the URL of the `terminal` or of an editor on the viewer's machine; it has no token."""
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
    parameters = {
        "owner": workspace.owner_name,
        "workspace": workspace.name,
        "url": viewer.public_url,
        "agent": agent.name,
        "folder": sanitize_text(agent.expanded_directory or agent.directory),
        "openRecent": "true",
    }
    query = urlencode({key: value for key, value in parameters.items() if value}, quote_via=quote)
    return AppAddress(label=label, href=f"{scheme}://coder.coder-remote/open?{query}", note="", usage_name="vscode")


def make_app_address(workspace: Workspace, viewer: Viewer, agent: Agent, app: App, host: str) -> AppAddress:
    """Return the URL of an app, or of the workspace's page in Coder if the portal must not link to the app."""
    label = sanitize_text(app.display_name) or app.slug
    page = f"{viewer.public_url}/@{workspace.owner_name}/{workspace.name}"
    if app.external:
        if TOKEN_PLACEHOLDER in app.url:
            note = _("This app needs a session token. Open it in Coder.")
            return AppAddress(label=label, href=page, note=note, usage_name="")
        if is_allowed_url(app.url):
            return AppAddress(label=label, href=app.url, note="", usage_name="")
        note = _("The portal does not open this kind of address. Open the app in Coder.")
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
            "This app needs a subdomain, and this Coder deployment has no wildcard access URL. A Coder "
            "administrator can set one."
        )
        return AppAddress(label=label, href=page, note=note, usage_name="")
    if address := subdomain_url(viewer, host, app.subdomain_name):
        return AppAddress(label=label, href=address, note="", usage_name="")
    return AppAddress(label=label, href=page, note=name_too_long_text(), usage_name="")


def is_allowed_url(url: str) -> bool:
    """Return whether the portal links to a URL. Without a host, "https:path" would lead to a page of the portal."""
    parts = split_url(url)
    return parts is not None and parts.scheme in ALLOWED_SCHEMES and (parts.scheme not in WEB or bool(parts.netloc))


def agent_url(workspace: Workspace, viewer: Viewer, agent: Agent) -> str:
    """Return the base URL of an agent at Coder, without a trailing slash."""
    return f"{viewer.public_url}/@{workspace.owner_name}/{workspace.name}.{agent.name}"


def subdomain_url(viewer: Viewer, host: str, name: str) -> str:
    """Return the URL with this name in place of the host's asterisk; "" if the name is too long for DNS."""
    hostname = name + host.removeprefix("*")
    if len(hostname.split(".")[0]) > MAX_DNS_LABEL:
        return ""
    return f"{url_scheme(viewer.public_url)}://{hostname}/"


def name_too_long_text() -> str:
    """Return the sentence for a name that is too long for a subdomain."""
    return _("The names of the agent, the workspace, and the owner are too long for a subdomain.")


def needs_app_host(agent: Agent, name: str) -> bool:
    """Return whether the URL of an app depends on the wildcard host of apps."""
    app = find_app(agent, name)
    return app is not None and uses_subdomain(app)


def uses_subdomain(app: App) -> bool:
    """Return whether an app has its own subdomain."""
    return app.subdomain and not app.external and not app.command
