"""The calls of /api/v2 by subject; importing the package registers them."""

from coder_simulator.routes import (
    access,
    agents,
    authcheck,
    builds,
    deployment,
    insights,
    organizations,
    schedule,
    settings,
    streams,
    templates,
    tokens,
    users,
    workspaces,
)

__all__ = [
    "access",
    "agents",
    "authcheck",
    "builds",
    "deployment",
    "insights",
    "organizations",
    "schedule",
    "settings",
    "streams",
    "templates",
    "tokens",
    "users",
    "workspaces",
]
