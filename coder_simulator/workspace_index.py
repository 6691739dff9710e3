"""Index the workspaces of a world by id, by owner and name, and in the order of lists."""

from bisect import bisect_left
from collections import defaultdict

from coder_simulator.state import User, Workspace

SortKey = tuple[bool, str, str, str]


class WorkspaceIndex:
    """Keep workspaces sorted, so that a page of ten thousand is as fast as one of a hundred."""

    def __init__(self) -> None:
        self._by_id: dict[str, Workspace] = {}
        self._by_name: defaultdict[tuple[str, str], list[Workspace]] = defaultdict(list)
        self._sorted = _SortedWorkspaces()
        self._sorted_by_owner: defaultdict[str, _SortedWorkspaces] = defaultdict(_SortedWorkspaces)
        self._keys: dict[str, tuple[SortKey, str]] = {}
        self._shared_workspaces: set[Workspace] = set()

    def add(self, workspace: Workspace) -> None:
        """Add a workspace (with at least one build)."""
        self._register(workspace)
        if not workspace.deleted:
            for row in (self._sorted, self._sorted_by_owner[workspace.owner.id]):
                row.insert(self._keys[workspace.id][0], workspace)

    def add_all(self, workspaces: list[Workspace]) -> None:
        """Add many workspaces, none of them deleted, and sort once."""
        for workspace in workspaces:
            self._register(workspace)
            self._sorted_by_owner[workspace.owner.id].append(self._keys[workspace.id][0], workspace)
            self._sorted.append(self._keys[workspace.id][0], workspace)
        for row in (self._sorted, *self._sorted_by_owner.values()):
            row.sort()

    def update(self, workspace: Workspace) -> None:
        """Update the position of a workspace that was renamed, started, stopped or deleted."""
        if workspace.deleted or self._keys[workspace.id][0] != _sort_key(workspace):
            self.remove(workspace)
            self.add(workspace)

    def remove(self, workspace: Workspace) -> None:
        """Remove a workspace from its last position."""
        key, owner_id = self._keys.pop(workspace.id)
        del self._by_id[workspace.id]
        self._by_name[owner_id, key[2]].remove(workspace)
        for row in (self._sorted, self._sorted_by_owner[owner_id]):
            row.remove(key)

    def get(self, workspace_id: str) -> Workspace | None:
        """Find a workspace by id, deleted or not."""
        return self._by_id.get(workspace_id)

    def list_with_deleted(self) -> list[Workspace]:
        """Return all workspaces, deleted or not."""
        return list(self._by_id.values())

    def list_all(self) -> list[Workspace]:
        """Return all workspaces that are not deleted: running first, then by owner and name."""
        return self._sorted.workspaces[:]

    def owned_by(self, owner: User) -> list[Workspace]:
        """Return a user's workspaces that are not deleted, in the order of lists."""
        return self._sorted_by_owner[owner.id].workspaces[:]

    def readable_by(self, user: User) -> list[Workspace]:
        """Return a user's own workspaces and those shared with the user, in the order of lists."""
        shared = [w for w in self._shared_workspaces if user.id in w.shared_with and not w.deleted]
        return sorted(self.owned_by(user) + shared, key=_sort_key) if shared else self.owned_by(user)

    def set_shares(self, workspace: Workspace, roles: dict[str, str]) -> None:
        """Share a workspace with exactly these users (id to role)."""
        workspace.shared_with = roles
        (self._shared_workspaces.add if roles else self._shared_workspaces.discard)(workspace)

    def find_by_name(self, owner: User, name: str, *, deleted: bool = False) -> Workspace | None:
        """Find a workspace by owner and name, ignoring case; with `deleted`, the last deleted one."""
        matches = [w for w in self._by_name[owner.id, name.lower()] if w.deleted == deleted]
        return max(matches, key=lambda w: w.created_at, default=None)

    def _register(self, workspace: Workspace) -> None:
        self._keys[workspace.id] = (_sort_key(workspace), workspace.owner.id)
        self._by_id[workspace.id] = workspace
        self._by_name[workspace.owner.id, workspace.name.lower()].append(workspace)
        if workspace.shared_with:
            self._shared_workspaces.add(workspace)


class _SortedWorkspaces:
    """Sorted workspaces with their sort keys."""

    def __init__(self) -> None:
        self.sort_keys: list[SortKey] = []
        self.workspaces: list[Workspace] = []

    def insert(self, key: SortKey, workspace: Workspace) -> None:
        position = bisect_left(self.sort_keys, key)
        self.sort_keys.insert(position, key)
        self.workspaces.insert(position, workspace)

    def append(self, key: SortKey, workspace: Workspace) -> None:
        self.sort_keys.append(key)
        self.workspaces.append(workspace)

    def sort(self) -> None:
        order = sorted(range(len(self.sort_keys)), key=self.sort_keys.__getitem__)
        self.sort_keys = [self.sort_keys[i] for i in order]
        self.workspaces = [self.workspaces[i] for i in order]

    def remove(self, key: SortKey) -> None:
        position = bisect_left(self.sort_keys, key)
        if self.sort_keys[position : position + 1] == [key]:
            del self.sort_keys[position], self.workspaces[position]


def _sort_key(workspace: Workspace) -> SortKey:
    return (not workspace.running, workspace.owner.username.lower(), workspace.name.lower(), workspace.id)
