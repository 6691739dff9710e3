"""The calls of /api/v2 by subject. Importing this package registers them all."""

from workspaces.simulator.routes import (
    access,
    agents,
    builds,
    deployment,
    insights,
    organizations,
    people,
    schedule,
    settings,
    streams,
    templates,
    tokens,
    workspaces,
)

__all__ = [
    "access",
    "agents",
    "builds",
    "deployment",
    "insights",
    "organizations",
    "people",
    "schedule",
    "settings",
    "streams",
    "templates",
    "tokens",
    "workspaces",
]
