"""Count the parameter values of workspaces' builds in a period."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from coder_simulator.version_plans import RichParameter
from coder_simulator.world import World


@dataclass(slots=True)
class ParameterUse:
    """The values of a parameter, which several templates may declare in the same way, with their numbers."""

    parameter: RichParameter
    template_ids: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)


def count_values(world: World, start: datetime, end: datetime, template_ids: Iterable[str]) -> list[ParameterUse]:
    """Count the values in each workspace's newest build of the period, by parameter name.

    Some templates' workspaces count, or (none given) all.
    """
    templates = set(template_ids)
    uses: defaultdict[tuple[object, ...], list[tuple[RichParameter, str, str]]] = defaultdict(list)
    for workspace in world.workspaces.list_with_deleted():
        if templates and workspace.template.id not in templates:
            continue
        build = next((b for b in reversed(workspace.builds) if start <= b.created_at < end), None)
        for parameter in build.version.plan.parameters if build else ():
            if build and parameter.name in build.parameters:
                key = (parameter.name, parameter.type, parameter.display_name, parameter.description)
                uses[key].append((parameter, workspace.template.id, build.parameters[parameter.name]))
    return [_combine(found) for _, found in sorted(uses.items(), key=lambda item: str(item[0]))]


def _combine(found: list[tuple[RichParameter, str, str]]) -> ParameterUse:
    use = ParameterUse(found[0][0])
    for _, template_id, value in found:
        use.template_ids.add(template_id)
        use.counts[value] += 1
    return use
