"""How Coder refuses: a status and {message, detail?, validations?}; the wordings that many calls share."""

from typing import Any

NOT_FOUND = "Resource not found or you do not have access to this resource"
SIGNED_OUT = "You are signed out or your session has expired. Please sign in again to continue."
NO_PERMISSION = (
    "You don't have permission to view this content. If you believe this is a mistake, please contact your "
    "administrator or try signing in with different credentials."
)
RBAC = "unauthorized: rbac: forbidden"


class RefusalError(Exception):
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


def not_found() -> RefusalError:
    """404, the same for what is not there and for what this person may not see."""
    return RefusalError(404, NOT_FOUND)


def forbidden(*, modern: bool) -> RefusalError:
    """403 as both versions say it; only 2.36 explains."""
    return RefusalError(403, "Forbidden.", NO_PERMISSION if modern else "")


def invalid(*validations: tuple[str, str]) -> RefusalError:
    """400 of the request's own validation."""
    return RefusalError(400, "Validation failed.", validations=list(validations))


def name_taken(name: str) -> RefusalError:
    """409 where the owner has another workspace of that name."""
    taken = ("name", "This value is already in use and should be unique.")
    return RefusalError(409, f'Workspace "{name}" already exists.', validations=[taken])


def tag(field: str, name: str, value: object) -> tuple[str, str]:
    """Word a failed validation tag as Coder's validator does."""
    return field, f'Validation failed for tag "{name}" with value: "{value}"'
