"""Test the connections to an agent: SSH command, ports and metadata."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.unit.samples import NEW, NOW, OLD, OWNER, READER, viewer, workspace
from workspaces.coder.agent_types import (
    DeploymentSSH,
    ListeningPort,
    Metadata,
    MetadataDescription,
    MetadataResult,
    PortShare,
)
from workspaces.present.agent_health import top_level_agents as agents_of
from workspaces.present.agents.connections import (
    AgentConnections,
    AgentMetadata,
    AgentResponses,
    make_agent_connections,
)
from workspaces.present.agents.ports import Port

SUFFIX = DeploymentSSH(hostname_prefix="coder.", hostname_suffix="coder")
PREFIX = DeploymentSSH(hostname_prefix="coder.")
HOST = "*.apps.example.com"
DISPLAY_APPS = ["ssh_helper", "port_forwarding_helper"]


def connections_of(
    responses: AgentResponses | None = None, ssh: DeploymentSSH | None = None, *shares: PortShare, **viewer_fields: Any
) -> AgentConnections:
    """Return the connections of the only agent of a workspace of Alice."""
    display_apps, name = viewer_fields.pop("display_apps", DISPLAY_APPS), viewer_fields.pop("name", "web-api")
    web = workspace(agents=[{"status": "connected", "display_apps": display_apps}], name=name)
    (agent,) = agents_of(web)
    return make_agent_connections(
        web, viewer(**{"app_host": HOST, **viewer_fields}), agent, responses or AgentResponses(), ssh, shares
    )


def share(port: int, level: str = "authenticated", protocol: str = "http", agent: str = "main") -> PortShare:
    """Return a port share."""
    return PortShare(workspace_id=uuid4(), agent_name=agent, port=port, share_level=level, protocol=protocol)


def ports(*numbers: int, shares: tuple[PortShare, ...] = (), **viewer_fields: Any) -> tuple[Port, ...]:
    """Return the ports of an agent on which processes listen on these numbers."""
    listening = [ListeningPort(port=number, process_name="node") for number in numbers]
    return connections_of(AgentResponses(ports=listening), None, *shares, **viewer_fields).ports


def agent_metadata(**result: Any) -> AgentMetadata:
    """Return metadata that is collected every 10 s with a timeout of 2 s, by default collected 3 s ago."""
    facts: dict[str, Any] = {"collected_at": NOW - timedelta(seconds=3), "age": 3, "value": "12%"} | result
    description = MetadataDescription(key="cpu", display_name="CPU", interval=10, timeout=2)
    (metadata,) = connections_of(
        AgentResponses(metadata=[Metadata(result=MetadataResult(**facts), description=description)])
    ).metadata
    return metadata


@pytest.mark.parametrize(
    ("ssh", "line"),
    [
        (SUFFIX, "ssh main.web-api.alice.coder"),
        (DeploymentSSH(hostname_suffix=".corp"), "ssh main.web-api.alice.corp"),
        (PREFIX, "ssh coder.web-api.main"),
        (DeploymentSSH(), "coder ssh alice/web-api.main"),
        (None, "coder ssh alice/web-api.main"),
    ],
    ids=["by suffix", "by suffix with a dot", "by prefix", "by no name", "unknown"],
)
def test_ssh_command_uses_host_name_configured_in_coder(ssh: DeploymentSSH | None, line: str) -> None:
    assert connections_of(None, ssh).ssh_command == line


def test_ssh_prefix_is_used_only_for_own_workspaces() -> None:
    assert connections_of(None, PREFIX, id=uuid4()).ssh_command == "coder ssh alice/web-api.main"


@pytest.mark.parametrize(
    ("ssh", "commands", "by_connect"),
    [
        (SUFFIX, ("coder login https://coder.example.com", "coder config-ssh"), True),
        (PREFIX, ("coder login https://coder.example.com", "coder config-ssh"), False),
        (None, ("coder login https://coder.example.com",), False),
    ],
    ids=["by suffix", "by prefix", "unknown"],
)
def test_ssh_setup_has_what_the_command_needs(
    ssh: DeploymentSSH | None, commands: tuple[str, ...], *, by_connect: bool
) -> None:
    connections = connections_of(None, ssh, public_url="https://coder.example.com")
    assert (connections.setup_commands, connections.works_with_coder_connect) == (commands, by_connect)


def test_ssh_setup_quotes_address_for_shell() -> None:
    (login, *_rest) = connections_of(None, SUFFIX, public_url="https://coder.example.com/$(id)").setup_commands
    assert login == "coder login 'https://coder.example.com/$(id)'"


@pytest.mark.parametrize("fields", [{"display_apps": []}, {"rights": READER}], ids=["hidden", "not allowed"])
def test_ssh_command_is_missing_when_hidden_by_template_or_not_allowed(fields: Any) -> None:
    assert connections_of(None, SUFFIX, **fields).ssh_command == ""


@pytest.mark.parametrize(
    ("protocol", "address"),
    [
        ("http", "https://8080--main--web-api--alice.apps.example.com/"),
        ("https", "https://8080s--main--web-api--alice.apps.example.com/"),
    ],
)
def test_port_address_depends_on_its_protocol(protocol: str, address: str) -> None:
    (port,) = ports(8080, shares=(share(8080, protocol=protocol),))
    assert port.href == address


@pytest.mark.parametrize("host", ["", None])
def test_port_has_no_link_without_app_host(host: str | None) -> None:
    connections = connections_of(AgentResponses(ports=[ListeningPort(port=8080)]), app_host=host)
    assert (connections.ports[0].href, connections.has_port_urls) == ("", False)
    assert connections.port_forward_command == "coder port-forward alice/web-api.main --tcp"


@pytest.mark.parametrize(("number", "linked"), [(999, False), (1000, True), (65535, True)])
def test_port_number_below_1000_has_no_link(number: int, linked: bool) -> None:
    assert bool(ports(number)[0].href) == linked


def test_port_has_no_link_when_host_name_is_too_long() -> None:
    assert ports(8080, name="a-name-of-thirty-two-letters-xyz")[0].href
    assert ports(8080, name="x" * 50)[0].href == ""


@pytest.mark.parametrize(
    ("number", "process", "forwarded"),
    [
        (5432, "docker-proxy", "5432"),
        (15432, "postgres", "15432"),
        (22, "sshd", "10022:22"),
        (80, "nginx", "10080:80"),
        (8080, "node", ""),
    ],
    ids=["by number", "by process", "privileged", "without URL", "HTTP"],
)
def test_port_that_browser_cannot_open_has_forward_command(number: int, process: str, forwarded: str) -> None:
    listening = [ListeningPort(port=number, process_name=process)]
    (port,) = connections_of(AgentResponses(ports=listening)).ports
    command = f"coder port-forward alice/web-api.main --tcp {forwarded}" if forwarded else ""
    assert (bool(port.href), port.forward_command) == (not forwarded, command)


def test_port_of_database_is_linked_when_shared_with_protocol() -> None:
    (port,) = ports(5432, shares=(share(5432),))
    assert (bool(port.href), port.forward_command) == (True, "")


def test_reader_has_no_forward_command() -> None:
    (port,) = connections_of(None, None, share(999), rights=READER).ports
    assert (port.href, port.forward_command) == ("", "")


def test_listening_and_shared_ports_are_listed_together_by_number() -> None:
    listed_ports = ports(9000, 3000, shares=(share(3000, "public"), share(5000), share(7000, agent="other")))
    assert [(port.number, port.process, port.share_level, port.is_listening) for port in listed_ports] == [
        (3000, "node", "public", True),
        (5000, "", "authenticated", False),
        (9000, "node", "owner", True),
    ]
    assert [port.is_shared for port in listed_ports] == [True, True, False]


@pytest.mark.parametrize(
    ("capabilities", "levels"),
    [(OLD, ["authenticated", "public"]), (NEW, ["organization", "authenticated", "public"])],
)
def test_port_share_levels_depend_on_coder_version(capabilities: Any, levels: list[str]) -> None:
    assert [level for level, _words in connections_of(capabilities=capabilities).share_levels] == levels


@pytest.mark.parametrize(("rights", "may"), [(OWNER, True), (READER, False)])
def test_port_can_be_shared_by_owner_and_not_by_reader(rights: Any, may: bool) -> None:
    assert connections_of(rights=rights).can_share == may


def test_reader_sees_and_opens_only_shared_ports() -> None:
    assert not connections_of(rights=READER).shows_ports
    connections = connections_of(None, None, share(3000), rights=READER)
    assert connections.shows_ports
    assert [bool(port.href) for port in connections.ports] == [True]


def test_port_listening_state_is_unknown_when_coder_did_not_report_it() -> None:
    assert [port.is_listening for port in connections_of(None, None, share(3000)).ports] == [None]


def test_metadata_not_collected_yet_has_no_time_and_is_not_stale() -> None:
    metadata = agent_metadata(collected_at=NOW.replace(year=1), age=9_223_372_036, value="")
    assert (metadata.collected, metadata.stale) == (None, False)


@pytest.mark.parametrize(("age", "stale"), [(3, False), (14, False), (15, True), (9_223_372_036, True)])
def test_metadata_is_stale_when_older_than_interval_plus_two_timeouts(age: int, stale: bool) -> None:
    assert agent_metadata(age=age).stale == stale


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("\x1b[31m12%\x1b[0m\n", "12%"),
        ("<b>hostile</b> \u202egpj.exe", "<b>hostile</b> gpj.exe"),
        ("one\ntwo", "one\ntwo"),
        ("x" * 5000, "x" * 299 + "…"),
    ],
)
def test_metadata_value_is_plain_text_of_limited_length(value: str, text: str) -> None:
    assert agent_metadata(value=value).value == text


def test_metadata_error_is_shown_as_plain_text() -> None:
    assert agent_metadata(error="\x1b[1mexit status 127\n").error == "exit status 127"


def test_missing_ports_and_metadata_show_their_reason() -> None:
    connections = connections_of(AgentResponses(errors={"listening": "Coder is away.", "measured": "It said nothing."}))
    assert (connections.ports_error, connections.metadata_error) == ("Coder is away.", "It said nothing.")
