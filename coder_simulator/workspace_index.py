"""The workspaces of a world, found by id, by owner and name, and kept in the order of lists."""

from bisect import bisect_left
from collections import defaultdict

from coder_simulator.state import User, Workspace

Key = tuple[bool, str, str, str]


class Shelf:
    """Keeps workspaces in order, so that a page of ten thousand is as quick as one of a hundred."""

    def __init__(self) -> None:
        self._by_id: dict[str, Workspace] = {}
        self._by_name: defaultdict[tuple[str, str], list[Workspace]] = defaultdict(list)
        self._everyone = _Row()
        self._by_owner: defaultdict[str, _Row] = defaultdict(_Row)
        self._places: dict[str, tuple[Key, str]] = {}
        self._shared: set[Workspace] = set()

    def add(self, workspace: Workspace) -> None:
        """Put a workspace (with at least one build) on the shelf."""
        self._note(workspace)
        if not workspace.deleted:
            for row in (self._everyone, self._by_owner[workspace.owner.id]):
                row.add(self._places[workspace.id][0], workspace)

    def add_all(self, workspaces: list[Workspace]) -> None:
        """Put many, none of them deleted, on the shelf at once, sorting once."""
        for workspace in workspaces:
            self._note(workspace)
            self._by_owner[workspace.owner.id].append(self._places[workspace.id][0], workspace)
            self._everyone.append(self._places[workspace.id][0], workspace)
        for row in (self._everyone, *self._by_owner.values()):
            row.sort()

    def moved(self, workspace: Workspace) -> None:
        """Say that a workspace was renamed, started, stopped or deleted: its place may be another."""
        if workspace.deleted or self._places[workspace.id][0] != _key(workspace):
            self.remove(workspace)
            self.add(workspace)

    def remove(self, workspace: Workspace) -> None:
        """Take a workspace from the shelf, from where it was put last."""
        key, owner_id = self._places.pop(workspace.id)
        del self._by_id[workspace.id]
        self._by_name[owner_id, key[2]].remove(workspace)
        for row in (self._everyone, self._by_owner[owner_id]):
            row.remove(key)

    def get(self, workspace_id: str) -> Workspace | None:
        """Find a workspace by id, deleted or not."""
        return self._by_id.get(workspace_id)

    def all(self) -> list[Workspace]:
        """All workspaces, deleted or not."""
        return list(self._by_id.values())

    def everyone(self) -> list[Workspace]:
        """All workspaces that are not deleted: running first, then by owner and name."""
        return self._everyone.items[:]

    def of(self, owner: User) -> list[Workspace]:
        """One person's workspaces that are not deleted, in the order of lists."""
        return self._by_owner[owner.id].items[:]

    def readable_by(self, user: User) -> list[Workspace]:
        """A person's own workspaces and those that others share with them, in the order of lists."""
        shared = [w for w in self._shared if user.id in w.shared_with and not w.deleted]
        return sorted(self.of(user) + shared, key=_key) if shared else self.of(user)

    def share(self, workspace: Workspace, roles: dict[str, str]) -> None:
        """Share a workspace with these people (ids) in these roles, and with nobody else."""
        workspace.shared_with = roles
        (self._shared.add if roles else self._shared.discard)(workspace)

    def named(self, owner: User, name: str, *, deleted: bool = False) -> Workspace | None:
        """Find one by owner and name, whatever its case; with `deleted`, the last deleted one of that name."""
        found = [w for w in self._by_name[owner.id, name.lower()] if w.deleted == deleted]
        return max(found, key=lambda w: w.created_at, default=None)

    def _note(self, workspace: Workspace) -> None:
        self._places[workspace.id] = (_key(workspace), workspace.owner.id)
        self._by_id[workspace.id] = workspace
        self._by_name[workspace.owner.id, workspace.name.lower()].append(workspace)
        if workspace.shared_with:
            self._shared.add(workspace)


class _Row:
    """Workspaces in order, beside their keys."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.items: list[Workspace] = []

    def add(self, key: Key, workspace: Workspace) -> None:
        place = bisect_left(self.keys, key)
        self.keys.insert(place, key)
        self.items.insert(place, workspace)

    def append(self, key: Key, workspace: Workspace) -> None:
        self.keys.append(key)
        self.items.append(workspace)

    def sort(self) -> None:
        order = sorted(range(len(self.keys)), key=self.keys.__getitem__)
        self.keys = [self.keys[i] for i in order]
        self.items = [self.items[i] for i in order]

    def remove(self, key: Key) -> None:
        place = bisect_left(self.keys, key)
        if self.keys[place : place + 1] == [key]:
            del self.keys[place], self.items[place]


def _key(workspace: Workspace) -> Key:
    return (not workspace.running, workspace.owner.username.lower(), workspace.name.lower(), workspace.id)
