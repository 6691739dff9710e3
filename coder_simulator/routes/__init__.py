"""The calls of /api/v2 by subject. Importing this package registers them all."""

from coder_simulator.routes import (
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
