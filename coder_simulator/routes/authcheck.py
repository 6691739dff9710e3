"""Serve authorization checks."""

from collections.abc import Callable
from typing import Any

from coder_simulator.errors import ApiError
from coder_simulator.gojson import parse_uuid
from coder_simulator.permissions import is_allowed, is_allowed_on_template, is_allowed_on_workspace
from coder_simulator.routing import Call, Reply, route


@route("POST", "/authcheck")
def check_authorization(call: Call) -> Reply:
    """Check permissions: {checks: {key: {object, action}}} becomes {key: bool}.

    An unknown type, action, owner or id is denied.
    """
    fields = {"checks": "any"}
    checks = call.read_body("AuthorizationRequest", fields)["checks"] or {}
    return 200, {key: _is_check_allowed(call, key, check or {}) for key, check in sorted(checks.items())}


def _is_check_allowed(call: Call, key: str, check: dict[str, Any]) -> bool:
    resource, action = check.get("object") or {}, str(check.get("action", ""))
    kind = str(resource.get("resource_type", ""))
    if not kind:
        raise ApiError(400, f'Object\'s "resource_type" field must be defined for key "{key}".')
    if resource_id := resource.get("resource_id"):
        return _is_allowed_on_id(call, action, kind, str(resource_id))
    owner = str(resource.get("owner_id", ""))
    return is_allowed(
        call.world,
        call.user,
        action,
        kind,
        owner_id=call.user.id if owner == "me" else owner,
        organization_id=str(resource.get("organization_id", "")),
        any_org=bool(resource.get("any_org")),
    )


def _is_allowed_on_id(call: Call, action: str, kind: str, text: str) -> bool:
    try:
        identifier = parse_uuid(text)
    except ValueError as error:
        raise ApiError(
            400, f'Object "{text}" id is not a valid uuid.', validations=[("resource_id", str(error))]
        ) from None
    if kind not in RESOURCE_CHECKS:
        message = f'Object type "{kind}" does not support "resource_id" field.'
        raise ApiError(400, message, validations=[("resource_type", message)])
    check = RESOURCE_CHECKS[kind]
    return check(call, "read", identifier) and check(call, action, identifier)


def _check_workspace(call: Call, action: str, identifier: str) -> bool:
    workspace = call.world.workspaces.get(identifier)
    return workspace is not None and is_allowed_on_workspace(call.world, call.user, action, workspace)


def _check_template(call: Call, action: str, identifier: str) -> bool:
    template = call.world.templates.get(identifier)
    return template is not None and is_allowed_on_template(call.world, call.user, template, action)


def _check_user(call: Call, action: str, identifier: str) -> bool:
    return identifier in call.world.users and is_allowed(call.world, call.user, action, "user", owner_id=identifier)


def _check_group(_call: Call, _action: str, _identifier: str) -> bool:
    return False  # the simulator has no groups


RESOURCE_CHECKS: dict[str, Callable[[Call, str, str], bool]] = {
    # the types that a check may name by id
    "workspace": _check_workspace,
    "template": _check_template,
    "user": _check_user,
    "group": _check_group,
}
