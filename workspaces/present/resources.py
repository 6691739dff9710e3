"""What a build has made, as a page shows it. The value of a sensitive fact is in none of these objects."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.coder.types import Resource, ResourceMetadata, Workspace
from workspaces.present.icons import icon_hue, icon_url
from workspaces.present.page_models import Viewer
from workspaces.present.text import strip_control_codes

# How the makers of resources write themselves; the first part of a resource's type, as Terraform has it.
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
    """Something that is known about a resource."""

    key: str
    value: str  # "" of a sensitive one: it is told only to whoever asks for it
    href: str  # where the value is an address in the web: that address
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
    cost: str  # "4 credits a day"; "" where it costs none


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """All that a build has made."""

    workspace_id: UUID
    cards: tuple[ResourceCard, ...]
    hidden: tuple[ResourceCard, ...]  # by the template's own wish
    cost: str  # of all of it
    note: str  # what is the case with them now; ""
    build_id: UUID | None = None  # where it is another than the latest one that is looked at

    @property
    def has_cards(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.cards or self.hidden)


def make_resources(workspace: Workspace, viewer: Viewer) -> Resources:
    """What the latest build of a workspace has made. What costs most stands first, as in Coder's dashboard."""
    build = workspace.latest_build
    return make_resources_for_build(workspace.id, build.resources or (), viewer, status_note(build.status))


def make_resources_for_build(
    workspace_id: UUID, made: tuple[Resource, ...], viewer: Viewer, note: str = "", build_id: UUID | None = None
) -> Resources:
    """The resources of one build. `build_id`: they stand on its own page, and their secrets are asked of it."""
    ordered = sorted(made, key=lambda each: -each.daily_cost)
    return Resources(
        workspace_id=workspace_id,
        cards=tuple(make_resource_card(each, viewer) for each in ordered if not each.hide),
        hidden=tuple(make_resource_card(each, viewer) for each in ordered if each.hide),
        cost=daily_cost_text(sum(each.daily_cost for each in made)),
        note=note,
        build_id=build_id,
    )


def status_note(status: str) -> str:
    """What the status of the latest build means for what it has made."""
    match status:
        case "stopped":
            return _("These stay while it is stopped.")
        case "failed" | "canceled":
            return _("The last build did not come to its end: what is really there may differ.")
        case "deleting":
            return _("These are being deleted.")
    return ""


def make_resource_card(resource: Resource, viewer: Viewer) -> ResourceCard:
    """One resource."""
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
    """One fact; of a sensitive one its name alone."""
    if metadata.sensitive:
        return MetadataItem(key=metadata.key, value="", href="", sensitive=True)
    value = strip_control_codes(metadata.value)
    return MetadataItem(key=metadata.key, value=value, href=value if is_web_url(value) else "", sensitive=False)


def is_web_url(value: str) -> bool:
    """Whether a value is one whole address of the web, and nothing else."""
    if value != value.strip() or any(letter.isspace() for letter in value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def resource_type_label(kind: str) -> str:
    """The type of a resource as people say it: "kubernetes_persistent_volume_claim" is a Kubernetes one."""
    maker, _underscore, rest = kind.partition("_")
    if maker in PROVIDERS and rest:
        return f"{PROVIDERS[maker]} {rest.replace('_', ' ')}"
    return kind.replace("_", " ")


def daily_cost_text(cost: int) -> str:
    """What something costs; "" where that is nothing."""
    return ngettext("%(n)d credit a day", "%(n)d credits a day", cost) % {"n": cost} if cost > 0 else ""


def find_secret(made: Iterable[Resource], resource_id: UUID, key: str) -> str | None:
    """The value of one sensitive fact, for whoever asked for that one; None where there is none of that name."""
    for resource in made:
        if resource.id == resource_id:
            return next((each.value for each in resource.metadata or () if each.key == key and each.sensitive), None)
    return None
