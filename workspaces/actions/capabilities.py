"""What a version of Coder supports, where 2.19 and 2.36 differ."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CoderCapabilities:
    """What this version of Coder supports."""

    supports_on_success: bool  # `on_success` of a build: Coder starts a workspace itself after its stop
    supports_cancel_pending: bool  # `expect_status=pending`: a queued build can always be canceled
    supports_shared_search: bool  # `shared:true` in a search
    supports_organization_sharing: bool  # a port can be shared with the owner's organization
    supports_orphan_canceled: bool  # a canceled build's resources can be orphaned, too
    activates_on_start: bool  # a start activates a dormant workspace
    locks_prebuilds: bool  # the schedule of a prebuilt workspace cannot be changed
    ttl_off_sets_max_deadline: bool  # switching the TTL off moves the running build's deadline to its maximum

    @classmethod
    def for_version(cls, version: str) -> "CoderCapabilities":
        """Return the capabilities of a version in Coder's notation ("v2.36.0+abc"); an unreadable one counts as old."""
        match = re.match(r"v?(\d{1,9})\.(\d{1,9})(?!\d)", version, re.ASCII)
        is_new = match is not None and (int(match[1]), int(match[2])) >= (2, 36)
        return cls(
            supports_on_success=is_new,
            supports_cancel_pending=is_new,
            supports_shared_search=is_new,
            supports_organization_sharing=is_new,
            supports_orphan_canceled=is_new,
            activates_on_start=is_new,
            locks_prebuilds=is_new,
            ttl_off_sets_max_deadline=is_new,
        )
