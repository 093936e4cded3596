"""Distributed routing in a vrouter: the peer between the counters at the legs, the kernel's verdicts and a socket."""

import secrets
from collections import Counter
from collections.abc import Mapping
from ipaddress import IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import structlog

from landbridge.drivers.clocks import moment
from landbridge.drivers.flow_counter import FlowCounter, Threshold
from landbridge.drivers.router_lookup import RouterLookup
from landbridge.drivers.signal_socket import SignalSocket
from landbridge.model.node import AnyObject, ShortcutPolicy
from landbridge.model.router_node import RouterLeg
from landbridge.render.router_nat import leg_name
from landbridge.render.router_routes import diversions
from landbridge.render.shortcuts import keys_of
from landbridge.zsnp import frames
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.outputs import Send
from landbridge.zsnp.router import MARGIN, Allowed, Flow, Policy, RouterPeer, Verdict
from landbridge.zsnp.verdict import Diversion, Subnet, Way, judge
from landbridge.zsnp.wire import Garbled

_log = structlog.get_logger(__name__)

_NS_PER_SECOND = 1_000_000_000
_MARK = "hinted"
"""A file: an agent of this vrouter may have hinted something."""


class RouterShortcuts:
    """One vrouter's, in its namespace.  Without the eBPF object nothing is counted, and nothing hinted."""

    def __init__(self, directory: Path, object_file: Path | None) -> None:
        self._mark = directory / _MARK
        self._object = object_file
        self._signals = SignalSocket()
        self._lookup = RouterLookup()
        self._counter: FlowCounter | None = None
        self._threshold: Threshold | None = None
        self._peer: RouterPeer | None = None
        self._hints = False
        self._subnets: dict[str, Subnet] = {}
        self._legs: dict[str, RouterLeg] = {}
        self._own: set[str] = set()
        self._diversions: tuple[Diversion, ...] = ()

    def apply(self, objects: Mapping[str, AnyObject], *, changed: bool) -> str | None:
        """The vrouter is to do this, and has been `changed` for it; why it cannot hint, if it cannot."""
        at = moment()
        policy = next((one for one in objects.values() if isinstance(one, ShortcutPolicy)), None)
        legs = {one.nic_uuid: one for one in objects.values() if isinstance(one, RouterLeg)}
        self._legs = {leg_name(leg): leg for leg in legs.values()}
        self._own = {str(IPv4Interface(address).ip) for leg in legs.values() for address in leg.addresses}
        self._diversions = diversions(objects.values())
        subnets = _subnets(policy, legs)
        changed |= subnets != self._subnets
        self._subnets, self._hints = subnets, policy is not None
        if policy is not None and self._peer is None:
            self._peer = self._begin(at, policy)
        if self._peer is not None:
            if changed:
                self._peer.change(at)
            self._peer.update(at, _peer_policy(policy))
            self._carry_out()
        return self._count(policy)

    def look_again(self) -> None:
        """Somebody has changed a route, an address or a neighbour: what was hinted may be wrong."""
        if self._peer is not None:
            self._peer.reconsider(moment(), self._judge)
            self._carry_out()

    def unsettled(self) -> int:
        """Senders whose hosts may still act by what was before the last change.

        Switched off, the hosts lose their keys, and with them all shortcuts: there is nothing to wait for.
        """
        return self._peer.outstanding(moment()) if self._peer is not None and self._hints else 0

    def next_timer(self) -> float | None:
        """Seconds until `handle_timer` wants to be called."""
        due = self._peer.next_timer() if self._peer is not None else None
        return None if due is None else max(0.0, (due - moment().mono) / 1000)

    def handle_timer(self) -> None:
        """Do what is due."""
        if self._peer is not None:
            self._peer.handle_timer(moment())
            self._carry_out()

    def descriptors(self) -> dict[int, Any]:
        """What to wait for, and what to call then."""
        waiting: dict[int, Any] = {self._signals.fileno(): self._told}
        if self._counter is not None:
            waiting[self._counter.fileno()] = self._seen
        return waiting

    def show(self) -> list[dict[str, Any]]:
        """Pairs that talk through the vrouter, for people (`ShortcutPair`)."""
        pairs = self._peer.pairs.values() if self._peer is not None else ()
        return [self._shown(pair.flow, pair.verdict, pair.at) for pair in pairs]

    def counts(self) -> dict[str, dict[str, int]]:
        """How many `pairs` there are by what was decided (`hinted`, or why not), and messages `refused` by reason."""
        pairs = self._peer.pairs.values() if self._peer is not None else ()
        verdicts = (pair.verdict for pair in pairs)
        decided = Counter("hinted" if isinstance(one, Allowed) else one.reason for one in verdicts)
        return {"pairs": dict(decided), "refused": self.refused()}

    def refused(self) -> dict[str, int]:
        """Messages turned away, by reason."""
        return dict(self._peer.refused) if self._peer is not None else {}

    def close(self) -> None:
        """Let go; what is attached stays."""
        self._signals.close()
        self._lookup.close()
        if self._counter is not None:
            self._counter.close()

    # ---- events ---------------------------------------------------------------------------

    def _seen(self) -> None:
        assert self._counter is not None
        at = moment()
        for wanted in self._counter.read():
            if self._peer is not None:
                flow = Flow(wanted.source, wanted.destination)
                self._peer.seen(at, flow, self._judge(flow))
        self._carry_out()

    def _told(self) -> None:
        at = moment()
        for packet in self._signals.receive():
            if self._peer is None:
                continue
            try:
                source, destination, payload = frames.parse_packet(packet)
            except Garbled:
                self._peer.unreadable()
            else:
                self._peer.told(at, (source, destination), payload, self._judge)
        self._carry_out()

    def _judge(self, flow: Flow) -> Verdict:
        leg = next((name for name, one in self._subnets.items() if _is_in(flow.source, one.cidr)), "")
        found = self._lookup.route(leg, flow.source, flow.destination) if leg else None
        way = Way(*found) if found is not None else None
        mac = self._lookup.neighbour(way.leg, flow.destination) if way is not None else None
        return judge(flow, self._subnets, self._own, way, mac, diversions=self._diversions)

    def _carry_out(self) -> None:
        for output in self._peer.take() if self._peer is not None else ():
            assert isinstance(output, Send), "a vrouter does nothing but speak"
            self._signals.send(output.source, output.destination, output.payload)

    # ---- counters -------------------------------------------------------------------------

    def _begin(self, at: Moment, policy: ShortcutPolicy) -> RouterPeer:
        """What a predecessor has hinted is unknown, and runs out within a lease."""
        until = at.mono + policy.lease_seconds * 1000 + MARGIN if self._mark.exists() else 0
        self._mark.touch()
        return RouterPeer(at.wall, lambda: secrets.randbits(64) or 1, unknown_until=until)

    def _count(self, policy: ShortcutPolicy | None) -> str | None:
        try:
            self._attach(policy)
        except OSError as error:
            _log.error("flows_not_counted", reason=str(error))
            return f"the traffic that is worth shortcuts cannot be counted: {error.strerror or error}"
        return None

    def _attach(self, policy: ShortcutPolicy | None) -> None:
        if policy is None:
            if self._counter is not None:
                for leg in self._legs:
                    self._counter.detach(leg)
                self._counter.close()
                self._counter = None
            return
        threshold = Threshold(policy.packets, policy.bytes, policy.window_seconds * _NS_PER_SECOND)
        if self._counter is None:
            if self._object is None:
                raise OSError("its eBPF program is not there")
            self._counter = FlowCounter(self._object, threshold)
        else:
            self._counter.set(threshold)
        for leg in self._legs:
            if leg in self._subnets:
                self._counter.attach(leg)
            else:
                self._counter.detach(leg)

    def _shown(self, flow: Flow, verdict: Verdict, at: int) -> dict[str, Any]:
        mac, reason = (verdict.target.mac, None) if isinstance(verdict, Allowed) else (None, str(verdict))
        source, destination = self._leg_of(flow.source), self._leg_of(flow.destination)
        vni = self._subnets[destination].vni if destination in self._subnets else 0
        return {
            "sourceIp": flow.source,
            "destinationIp": flow.destination,
            "sourceL3Uuid": self._legs[source].l3_uuid if source else "",
            "destinationL3Uuid": self._legs[destination].l3_uuid if destination else "",
            "sourceMac": self._lookup.neighbour(source, flow.source) or "" if source else "",
            "destinationMac": mac,
            "vni": vni,
            "state": "REFUSED" if reason else "HINTED",
            "reason": reason,
            "hintedAt": None if reason else at / 1000,
        }

    def _leg_of(self, address: str) -> str:
        return next((name for name, one in self._subnets.items() if _is_in(address, one.cidr)), "")


def _peer_policy(policy: ShortcutPolicy | None) -> Policy | None:
    return None if policy is None else Policy(policy.router, keys_of(policy.keys), policy.lease_seconds * 1000)


def _is_in(address: str, cidr: IPv4Network) -> bool:
    return IPv4Interface(address).ip in cidr


def _subnets(policy: ShortcutPolicy | None, legs: Mapping[str, RouterLeg]) -> dict[str, Subnet]:
    found = {}
    for subnet in policy.subnets if policy is not None else ():
        leg = legs.get(subnet.nic_uuid)
        if leg is not None and leg.addresses:
            address = str(IPv4Interface(leg.addresses[0]).ip)
            found[leg_name(leg)] = Subnet(
                subnet.net_id, subnet.vni, subnet.port, IPv4Network(subnet.cidr), address, leg.mac
            )
    return found
