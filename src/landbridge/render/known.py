"""What a host has been given, for those who look at all of it at once: whose port, which rule, which network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from landbridge.model.node import HostSettings, Port, SecurityGroup, ShortcutRouter, VxlanNetwork


@dataclass(frozen=True)
class Known:
    """One consistent look, replaced as a whole and never changed: any thread may read it."""

    ports: Mapping[str, Port] = field(default_factory=dict)
    """By NIC."""
    groups: Mapping[str, SecurityGroup] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    """Of VMs and vrouters, by uuid."""
    overlays: Mapping[str, VxlanNetwork] = field(default_factory=dict)
    """By L2 network."""
    shortcut_routers: Mapping[str, ShortcutRouter] = field(default_factory=dict)
    """By key."""
    host: HostSettings | None = None
    vteps: frozenset[str] = frozenset()
    """In the flood lists of its networks, its own as well."""

    @cached_property
    def rules(self) -> Mapping[int, str]:
        """Number of a rule -> its uuid."""
        return {rule.number: rule.uuid for group in self.groups.values() for rule in group.rules}
