"""Define Coder's error responses, {message, detail?, validations?}, and texts that many calls share."""

from typing import Any

NOT_FOUND_MESSAGE = "Resource not found or you do not have access to this resource"
SIGNED_OUT_MESSAGE = "You are signed out or your session has expired. Please sign in again to continue."
NO_PERMISSION_DETAIL = (
    "You don't have permission to view this content. If you believe this is a mistake, please contact your "
    "administrator or try signing in with different credentials."
)
RBAC_DETAIL = "unauthorized: rbac: forbidden"


class ApiError(Exception):
    """An error response with Coder's texts; `validations` are pairs (field, detail)."""

    def __init__(
        self, status: int, message: str, detail: str = "", validations: list[tuple[str, str]] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.detail = detail
        self.validations = validations or []

    def body(self) -> dict[str, Any]:
        """Return the JSON of the response, without empty values."""
        body: dict[str, Any] = {"message": self.message}
        if self.detail:
            body["detail"] = self.detail
        if self.validations:
            body["validations"] = [{"field": field, "detail": detail} for field, detail in self.validations]
        return body


class NotModifiedError(Exception):
    """Raised to respond 304 without a body because nothing changed."""


def not_found() -> ApiError:
    """Return the 404 for a resource that is missing or that the user may not see."""
    return ApiError(404, NOT_FOUND_MESSAGE)


def forbidden(*, modern: bool) -> ApiError:
    """Return the 403 of either version; only 2.36 has a detail."""
    return ApiError(403, "Forbidden.", NO_PERMISSION_DETAIL if modern else "")


def validation_failed(*validations: tuple[str, str]) -> ApiError:
    """Return the 400 for a request that fails validation."""
    return ApiError(400, "Validation failed.", validations=list(validations))


def name_taken(name: str) -> ApiError:
    """Return the 409 for a name that another workspace of the owner has."""
    taken = ("name", "This value is already in use and should be unique.")
    return ApiError(409, f'Workspace "{name}" already exists.', validations=[taken])


def failed_tag(field: str, name: str, value: object) -> tuple[str, str]:
    """Return the (field, detail) pair that Coder's validator has for a failed tag."""
    return field, f'Validation failed for tag "{name}" with value: "{value}"'
