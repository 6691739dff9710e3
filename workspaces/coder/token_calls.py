"""Calls of Coder's API about a user's API tokens."""

from dataclasses import dataclass, field

from workspaces.coder.calls import Call, path

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A new token: its id of ten characters, a hyphen and its secret. The repr hides it."""

    key: str = field(repr=False)

    @property
    def id(self) -> str:
        """Return the id, by which Coder deletes the token."""
        return self.key.partition("-")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """A token of the user, without its secret."""

    id: str
    token_name: str = ""


def create_token(name: str, lifetime_s: int) -> Call[NewToken]:
    """Create a token of the user that is valid for `lifetime_s` (chapter Users: POST /users/{user}/keys/tokens).

    400 for a lifetime that is longer than Coder's configuration allows.
    """
    body = {"token_name": name, "lifetime": lifetime_s * NANOSECONDS, "scope": "all"}
    return Call(
        method="POST",
        path=path("users", "me", "keys", "tokens"),
        response_type=NewToken,
        body=body,
        action="create token",
    )


def tokens() -> Call[tuple[TokenInfo, ...] | None]:
    """List the tokens of the user (chapter Users: GET /users/{user}/keys/tokens); null where there is none."""
    return Call(method="GET", path=path("users", "me", "keys", "tokens"), response_type=tuple[TokenInfo, ...] | None)


def delete_token(token_id: str) -> Call[None]:
    """Delete a token of the user (chapter Users: DELETE /users/{user}/keys/{keyid}); 404 if it has expired."""
    return Call(method="DELETE", path=path("users", "me", "keys", token_id), response_type=None, action="delete token")
