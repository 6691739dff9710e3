"""The resources of a build. The value of sensitive metadata is in none of these models."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.coder.addresses import split_url
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Resource, ResourceMetadata, Workspace
from workspaces.present.icons import icon_hue, icon_url
from workspaces.present.page_models import Viewer

# The names of providers, by the first part of a resource's Terraform type.
PROVIDERS = {
    "aws": "AWS",
    "azurerm": "Azure",
    "coder": "Coder",
    "digitalocean": "DigitalOcean",
    "docker": "Docker",
    "google": "Google Cloud",
    "hcloud": "Hetzner Cloud",
    "helm": "Helm",
    "incus": "Incus",
    "kubernetes": "Kubernetes",
    "linode": "Linode",
    "lxd": "LXD",
    "nomad": "Nomad",
    "openstack": "OpenStack",
    "proxmox": "Proxmox",
    "vsphere": "vSphere",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataItem:
    """One item of a resource's metadata."""

    key: str  # as Coder has it, which names the item in a request
    label: str
    value: str  # "" if it is sensitive: only a separate request reveals it
    href: str  # the value, if it is an http(s) URL
    sensitive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceCard:
    """One resource."""

    id: UUID
    kind: str  # "Kubernetes pod"
    name: str
    icon_url: str
    letter: str
    hue: int
    metadata: tuple[MetadataItem, ...]
    cost: str  # "4 credits a day"; "" without a cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """All resources of a build."""

    workspace_id: UUID
    cards: tuple[ResourceCard, ...]
    hidden: tuple[ResourceCard, ...]  # the template hides them
    cost: str  # of all together
    note: str  # their state, or ""
    build_id: UUID | None = None  # on the page of a build; None for the latest build on the workspace's page

    @property
    def has_cards(self) -> bool:
        """Whether there is a resource to show."""
        return bool(self.cards or self.hidden)


def make_resources(workspace: Workspace, viewer: Viewer) -> Resources:
    """Return the resources of a workspace's latest build, the most expensive first, as in Coder's dashboard."""
    build = workspace.latest_build
    return make_resources_for_build(workspace.id, build.resources or (), viewer, status_note(build.status))


def make_resources_for_build(
    workspace_id: UUID, resources: tuple[Resource, ...], viewer: Viewer, note: str = "", build_id: UUID | None = None
) -> Resources:
    """Return the resources of one build. `build_id`: they are on the build's own page, which reveals their secrets."""
    ordered = sorted(resources, key=lambda each: -each.daily_cost)
    return Resources(
        workspace_id=workspace_id,
        cards=tuple(make_resource_card(each, viewer) for each in ordered if not each.hide),
        hidden=tuple(make_resource_card(each, viewer) for each in ordered if each.hide),
        cost=daily_cost_text(sum(each.daily_cost for each in resources)),
        note=note,
        build_id=build_id,
    )


def status_note(status: str) -> str:
    """Return what the status of the latest build means for its resources."""
    match status:
        case "stopped":
            return _("These resources remain while the workspace is stopped.")
        case "failed" | "canceled":
            return _("The latest build did not complete. The actual resources may differ.")
        case "deleting":
            return _("These resources are being deleted.")
    return ""


def make_resource_card(resource: Resource, viewer: Viewer) -> ResourceCard:
    """Return the card of a resource."""
    kind = resource_type_label(resource.type)
    return ResourceCard(
        id=resource.id,
        kind=kind,
        name=resource.name,
        icon_url=icon_url(resource.icon, viewer.public_url),
        letter=kind[:1].upper(),
        hue=icon_hue(resource.type),
        metadata=tuple(make_metadata_item(each) for each in resource.metadata or () if each.value or each.sensitive),
        cost=daily_cost_text(resource.daily_cost),
    )


def make_metadata_item(metadata: ResourceMetadata) -> MetadataItem:
    """Return an item of metadata; without its value if it is sensitive."""
    label = sanitize_text(metadata.key)
    if metadata.sensitive:
        return MetadataItem(key=metadata.key, label=label, value="", href="", sensitive=True)
    value = sanitize_text(metadata.value)
    href = value if is_web_url(value) else ""
    return MetadataItem(key=metadata.key, label=label, value=value, href=href, sensitive=False)


def is_web_url(value: str) -> bool:
    """Return whether a value is an http(s) URL and nothing else."""
    if value != value.strip() or any(letter.isspace() for letter in value):
        return False
    parts = split_url(value)
    return parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname)


def resource_type_label(kind: str) -> str:
    """Return a readable resource type: "Kubernetes persistent volume claim"."""
    maker, _underscore, rest = kind.partition("_")
    if maker in PROVIDERS and rest:
        return f"{PROVIDERS[maker]} {rest.replace('_', ' ')}"
    return kind.replace("_", " ")


def daily_cost_text(cost: int) -> str:
    """Return a daily cost as text; "" for none."""
    return ngettext("%(n)d credit per day", "%(n)d credits per day", cost) % {"n": cost} if cost > 0 else ""


def find_secret(resources: Iterable[Resource], resource_id: UUID, key: str) -> str | None:
    """Return the value of one sensitive item of metadata; None if there is no such item."""
    for resource in resources:
        if resource.id == resource_id:
            return next((each.value for each in resource.metadata or () if each.key == key and each.sensitive), None)
    return None
