"""How Coder refuses: a status and {message, detail?, validations?}; the wordings that many calls share."""

from typing import Any

NOT_FOUND_MESSAGE = "Resource not found or you do not have access to this resource"
SIGNED_OUT_MESSAGE = "You are signed out or your session has expired. Please sign in again to continue."
NO_PERMISSION_DETAIL = (
    "You don't have permission to view this content. If you believe this is a mistake, please contact your "
    "administrator or try signing in with different credentials."
)
RBAC_DETAIL = "unauthorized: rbac: forbidden"


class ApiError(Exception):
    """A refusal as Coder words it; `validations` are (field, detail)."""

    def __init__(
        self, status: int, message: str, detail: str = "", validations: list[tuple[str, str]] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.detail = detail
        self.validations = validations or []

    def body(self) -> dict[str, Any]:
        """Return the answer's JSON; what is empty is left out."""
        body: dict[str, Any] = {"message": self.message}
        if self.detail:
            body["detail"] = self.detail
        if self.validations:
            body["validations"] = [{"field": field, "detail": detail} for field, detail in self.validations]
        return body


class NotModifiedError(Exception):
    """304 without a body: nothing had to change."""


def not_found() -> ApiError:
    """404, the same for what is not there and for what this person may not see."""
    return ApiError(404, NOT_FOUND_MESSAGE)


def forbidden(*, modern: bool) -> ApiError:
    """403 as both versions say it; only 2.36 explains."""
    return ApiError(403, "Forbidden.", NO_PERMISSION_DETAIL if modern else "")


def validation_failed(*validations: tuple[str, str]) -> ApiError:
    """400 of the request's own validation."""
    return ApiError(400, "Validation failed.", validations=list(validations))


def name_taken(name: str) -> ApiError:
    """409 where the owner has another workspace of that name."""
    taken = ("name", "This value is already in use and should be unique.")
    return ApiError(409, f'Workspace "{name}" already exists.', validations=[taken])


def failed_tag(field: str, name: str, value: object) -> tuple[str, str]:
    """Word a failed validation tag as Coder's validator does."""
    return field, f'Validation failed for tag "{name}" with value: "{value}"'
