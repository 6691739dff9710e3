"""Coder's calls about a person's API tokens."""

from dataclasses import dataclass, field

from workspaces.coder.calls import Call, path

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token that was just made: ten letters that name it, a hyphen, its secret. Its repr hides it."""

    key: str = field(repr=False)

    @property
    def id(self) -> str:
        """Its name at Coder, by which it can be ended."""
        return self.key.partition("-")[0]


def create_token(name: str, lifetime_s: int) -> Call[NewToken]:
    """Make a token of one's own (chapter Users: POST /users/{user}/keys/tokens) that lives for `lifetime_s`.

    Coder refuses (400) a lifetime that is longer than its configuration allows.
    """
    body = {"token_name": name, "lifetime": lifetime_s * NANOSECONDS, "scope": "all"}
    return Call(
        method="POST",
        path=path("users", "me", "keys", "tokens"),
        response_type=NewToken,
        body=body,
        action="create token",
    )


def delete_token(token_id: str) -> Call[None]:
    """End a token of one's own (chapter Users: DELETE /users/{user}/keys/{id}); 404 where it has ended already."""
    return Call(method="DELETE", path=path("users", "me", "keys", token_id), response_type=None, action="delete token")
