"""What must be on a host, kept up to date change by change.

The objects of a host are cut into *units* that are rendered whole (`render.net`).  A changed node
object renders again the few units that look at it: the cost is that of the change, and what comes
out is the same as from scratch.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, MutableMapping
from typing import TypeVar

from landbridge.core.plan import Key
from landbridge.model.node import (
    AnyNetwork,
    AnyObject,
    BridgeNetwork,
    DhcpSubnet,
    FloodPeer,
    GroupMember,
    HostSettings,
    Instance,
    Port,
    PortConnections,
    Relay,
    SecurityGroup,
    ShortcutRouter,
    VlanNetwork,
    VxlanNetwork,
)
from landbridge.render import net
from landbridge.render.groups import Groups
from landbridge.render.kernel import Value
from landbridge.render.kernel_rules import DHCP_KEY
from landbridge.render.known import Known

T = TypeVar("T")

Entry = tuple[str, str]
"""Scope and key of a node object."""

_Unit = tuple[str, str]
"""What is rendered whole: its sort, and the uuid or node key that it is about."""

_HOST: _Unit = ("host", "host")
"""What every host has, whatever it is given."""

_SORTS_OF_OBJECTS = frozenset({"connections", "l2", "port", "relay", "vm"})
"""A unit of these is about the node object `<sort>/<uuid>`, of others about that of its name."""

_ROUTER_SCOPE = "router:"


class HostView:
    """Node objects in, `desired` out.  `tag` tells apart several hosts on one machine."""

    def __init__(self, tag: str) -> None:
        self.desired: dict[Key, Value] = {}
        self._tag = tag
        self._objects: dict[str, AnyObject] = {}
        self._networks: dict[str, AnyNetwork] = {}
        self._floods: defaultdict[str, dict[str, FloodPeer]] = defaultdict(dict)
        self._vteps: Counter[str] = Counter()
        """In how many flood lists each is."""
        self._machines: dict[str, Instance] = {}
        self._ports: dict[str, Port] = {}
        self._ports_of: defaultdict[str, dict[str, Port]] = defaultdict(dict)
        self._dhcp_ports: dict[str, Port] = {}
        self._subnets: dict[str, DhcpSubnet] = {}
        self._groups = Groups()
        self._shortcut_routers: dict[str, ShortcutRouter] = {}
        self._routing: defaultdict[str, dict[str, AnyObject]] = defaultdict(dict)
        self._rendered: dict[_Unit, dict[Key, Value]] = {}
        self._owners: dict[Key, str] = {}
        self._known: Known | None = None
        self._render(_HOST)

    @property
    def known(self) -> Known:
        """What explains to people what happens here."""
        if self._known is None:
            names = {uuid: machine.name for uuid, machine in self._machines.items()}
            overlays = {uuid: one for uuid, one in self._networks.items() if isinstance(one, VxlanNetwork)}
            routers = dict(self._shortcut_routers)
            host = self._objects.get("host")
            settings = host if isinstance(host, HostSettings) else None
            vteps = frozenset(self._vteps)
            self._known = Known(dict(self._ports), self._groups.all(), names, overlays, routers, settings, vteps)
        return self._known

    def update(self, changes: Mapping[Entry, AnyObject | None]) -> set[Key]:
        """Take changed node objects (None: gone); returns the keys of `desired` that changed."""
        units: set[_Unit] = set()
        # First take away, then put: an object may move from one scope to another under its key.
        for entry in changes:
            old = self._objects.pop(entry[1], None)
            if old is not None:
                units.update(self._units(entry, old))
                self._note(entry, old, present=False)
        for entry, new in changes.items():
            if new is not None:
                self._objects[entry[1]] = new
                self._note(entry, new, present=True)
                units.update(self._units(entry, new))
        changed: set[Key] = set()
        for unit in units:
            changed |= self._render(unit)
        return changed

    def owners(self, key: Key) -> tuple[str, ...]:
        """Keys of the node objects that fare badly when this kernel object does."""
        if key == DHCP_KEY:
            return tuple(f"port/{uuid}" for uuid in sorted(self._dhcp_ports)) or ("host",)
        if key[0] == "policy":
            return self._groups.ports_of(key[1])
        if key[0] == "member":
            return self._groups.sources_of(key[1])
        owner = self._owners.get(key)
        return () if owner is None else (owner,)

    def _note(self, entry: Entry, value: AnyObject, *, present: bool) -> None:
        """Put a value where the units look it up, or take it away."""
        if isinstance(value, Instance | Port | SecurityGroup | VxlanNetwork | ShortcutRouter | HostSettings):
            self._known = None
        match value:
            case VxlanNetwork() | BridgeNetwork() | VlanNetwork():
                _set(self._networks, value.l2_uuid, value, present)
            case FloodPeer():
                _set(self._floods[value.l2_uuid], entry[1], value, present)
                self._count_vtep(value.vtep_ip, 1 if present else -1)
            case Instance():
                _set(self._machines, value.vm_uuid, value, present)
            case Port():
                _set(self._ports, value.nic_uuid, value, present)
                _set(self._ports_of[value.vm_uuid], value.nic_uuid, value, present)
                if _answered(value):
                    _set(self._dhcp_ports, value.nic_uuid, value, present)
                self._groups.note_port(value, present)
            case SecurityGroup():
                self._groups.note_group(value, present)
            case GroupMember():
                self._groups.note_member(entry[1], value, present)
            case DhcpSubnet():
                _set(self._subnets, value.l3_uuid, value, present)
            case ShortcutRouter():
                _set(self._shortcut_routers, entry[1], value, present)
            case _ if entry[0].startswith(_ROUTER_SCOPE):
                _set(self._routing[_router(entry)], entry[1], value, present)

    def _count_vtep(self, vtep: str, more: int) -> None:
        self._vteps[vtep] += more
        if not self._vteps[vtep]:
            del self._vteps[vtep]
        if self._known is not None and (vtep in self._known.vteps) is not (vtep in self._vteps):
            self._known = None

    def _units(self, entry: Entry, value: AnyObject) -> Iterator[_Unit]:
        """The units that look at a value."""
        match value:
            case VxlanNetwork() | BridgeNetwork() | VlanNetwork():
                yield _HOST
                yield "l2", value.l2_uuid
                for key in self._floods[value.l2_uuid]:
                    yield "flood", key
            case FloodPeer():
                yield "flood", entry[1]
            case Instance():
                yield "vm", value.vm_uuid
                for uuid in self._ports_of[value.vm_uuid]:
                    yield "port", uuid
            case Port():
                yield "port", value.nic_uuid
                yield "vm", value.vm_uuid
                if _answered(value):
                    yield "dhcp", ""
                for policy in self._groups.policies_of_port(value):
                    yield "policy", policy
            case PortConnections():
                yield "connections", value.nic_uuid
            case Relay():
                yield "relay", value.nic_uuid
            case SecurityGroup():
                for policy in self._groups.policies_of_group(value.uuid):
                    yield "policy", policy
            case GroupMember():
                for name in self._groups.names(value):
                    yield "member", name
            case DhcpSubnet():
                yield "dhcp", ""
            case HostSettings():
                yield "dhcp", ""
                yield _HOST
            case _ if entry[0].startswith(_ROUTER_SCOPE):
                yield "vm", _router(entry)

    def _render(self, unit: _Unit) -> set[Key]:
        before = self._rendered.pop(unit, {})
        after = dict(self._unit(*unit))
        if after:
            self._rendered[unit] = after
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        owner = _owner(*unit)
        for key in changed:
            if key in after:
                self.desired[key] = after[key]
                self._owners[key] = owner
            elif self._owners[key] == owner:  # else another unit has it by now, as an interface of that name
                del self.desired[key]
                del self._owners[key]
        return changed

    def _unit(self, sort: str, name: str) -> net.Rendered:
        match sort:
            case "host":
                settings = self._objects.get("host")
                return net.host(settings if isinstance(settings, HostSettings) else None, self._networks.values())
            case "l2" if name in self._networks:
                return net.network(self._networks[name])
            case "flood" if isinstance(peer := self._objects.get(name), FloodPeer):
                return net.flood(peer, self._networks.get(peer.l2_uuid))
            case "port" if name in self._ports:
                value = self._ports[name]
                return net.port(value, self._machines.get(value.vm_uuid), self._tag)
            case "connections" if isinstance(found := self._objects.get(f"connections/{name}"), PortConnections):
                return net.connections(found)
            case "relay" if isinstance(relay := self._objects.get(f"relay/{name}"), Relay):
                settings = self._objects.get("host")
                return net.relay(relay, settings if isinstance(settings, HostSettings) else None)
            case "vm" if name in self._machines:
                ports = self._ports_of[name].values()
                return net.machine(self._machines[name], ports, self._routing[name], self._tag)
            case "policy" if self._groups.ports_of(name):
                return net.policy(name, self._groups.of_policy(name))
            case "member" if self._groups.sources_of(name):
                return net.member(name)
            case "dhcp":
                joined = isinstance(self._objects.get("host"), HostSettings)
                return net.dhcp(self._dhcp_ports, self._subnets, joined=joined)
            case _:
                return iter(())


def _set(table: MutableMapping[str, T], name: str, value: T, present: bool) -> None:
    if present:
        table[name] = value
    else:
        table.pop(name, None)


def _answered(port: Port) -> bool:
    return port.dhcp is not None and port.role == "vm"


def _router(entry: Entry) -> str:
    return entry[0].removeprefix(_ROUTER_SCOPE)


def _owner(sort: str, name: str) -> str:
    """The node object that a unit is about."""
    return f"{sort}/{name}" if sort in _SORTS_OF_OBJECTS else name
