"""The fleet of a request: its rows, and those that match a query."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from workspaces.auth import sessions
from workspaces.auth.sessions import PortalRequest
from workspaces.coder.clock import CLOCK
from workspaces.fleet.columns import CellContext
from workspaces.fleet.filters import FILTERS, FilterContext
from workspaces.fleet.loading import FleetAccess
from workspaces.fleet.lookups import load_lookups
from workspaces.fleet.query import FleetQuery
from workspaces.fleet.selecting import Selection, select_rows
from workspaces.fleet.store import STORE, FleetState
from workspaces.gateway.client_address import client_address


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetView:
    """What a query shows of a fleet."""

    state: FleetState
    selection: Selection
    filter_context: FilterContext
    cell_context: CellContext
    known_filters: frozenset[str]  # those whose counts are known


def fleet_access(request: PortalRequest) -> FleetAccess:
    """Return the access of a request, for readings that go on after it."""
    return FleetAccess(
        person=request.person,
        token=sessions.session_token(request),
        forwarded_for=client_address(request),
    )


def load_view(request: PortalRequest, query: FleetQuery, *, matches_nothing: bool = False) -> FleetView:
    """Return the rows that match; read them if they are unknown or too old. Raises CoderError and SessionEnded."""
    state = STORE.get(fleet_access(request), query.coder_q)
    lookups = load_lookups(request.coder, request.person.fingerprint, query, state.rows)
    now = coder_now()
    context = FilterContext(
        now=int(now.timestamp()), suspended=lookups.suspended, versions_behind=lookups.versions_behind
    )
    return FleetView(
        state=state,
        selection=select_rows(() if matches_nothing else state.rows, query, context),
        filter_context=context,
        cell_context=CellContext(now=now, zone=sessions.time_zone_for(request)),
        known_filters=known_filters(query),
    )


def known_filters(query: FleetQuery) -> frozenset[str]:
    """Return the filters whose counts are known: what takes a call of its own is counted only while it is used."""
    unknown = {key for key in ("suspended", "behind") if not query.values(key)}
    return frozenset(FILTERS.keys() - unknown)


def read_again(request: PortalRequest, query: FleetQuery) -> None:
    """Start to read all workspaces again."""
    STORE.get(fleet_access(request), query.coder_q, again=True)


def coder_now() -> datetime:
    """Return the present time by Coder's clock."""
    return timezone.now() + CLOCK.offset
