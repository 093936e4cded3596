"""ZSNP on a host: the peer, in a thread of its own, between the ports' signals, sockets and the kernel.

Its passes do not wait for reconcile passes, but `update` is called at the beginning of each, so that no
shortcut leads through what the pass takes away.
"""

import contextlib
import os
import pathlib
import secrets
import selectors
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import structlog

from landbridge.agent import shortcut_rows
from landbridge.core import shortcut as kernel
from landbridge.core.shortcut import ShortcutKey
from landbridge.drivers.clocks import NS_PER_MS, moment
from landbridge.drivers.counters import Count
from landbridge.drivers.frame_socket import FrameSocket
from landbridge.drivers.hooks import Hooks
from landbridge.drivers.signal_socket import SignalSocket
from landbridge.drivers.signals import Signal
from landbridge.drivers.tunnels import Tunnels, sender_name
from landbridge.model.node import Port
from landbridge.render.known import Known
from landbridge.render.net import bridge_name, vxlan_name
from landbridge.render.shortcuts import host_facts
from landbridge.transports.control import ControlServer
from landbridge.zsnp import frames
from landbridge.zsnp.entry import Entry
from landbridge.zsnp.facts import HostFacts
from landbridge.zsnp.host import HostPeer
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.outputs import (
    Inject,
    Install,
    Output,
    Path,
    Reach,
    Remove,
    RouterMac,
    Shortcut,
    Tell,
    Tunnel,
    Unreach,
)
from landbridge.zsnp.wire import Garbled

_log = structlog.get_logger(__name__)

_COUNT_SECONDS = 5.0
"""How often the counters of all shortcuts are read: idle ones are found by them."""


@dataclass(frozen=True, slots=True)
class Look:
    """Something to show: the entries and what was turned away, at one moment."""

    at: Moment
    entries: tuple[Entry, ...]
    refused: dict[str, int]
    ended: dict[str, int]


class HostShortcuts:
    """The shortcuts of one host.  Any thread may call it."""

    def __init__(self, hooks: Hooks, control: pathlib.Path) -> None:
        """Open everything in this thread's network namespace; nothing happens before `start`.

        control: the socket on which `landbridge zsnp` asks (`agent.shortcut_rows.answer`).
        """
        self._hooks = hooks
        self._tunnels = Tunnels(hooks.deafen)
        self._signals = SignalSocket()
        self._frames = FrameSocket()
        self._peer = HostPeer(boot=moment().wall, nonce=lambda: secrets.randbits(64) or 1)
        self._facts = HostFacts(mac="")
        self._known: Known | None = None
        self._ports: dict[str, Port] = {}
        self._by_index: dict[int, Port] = {}
        self._overlays: dict[str, int] = {}
        self._lock = threading.Lock()
        self._adopted = False
        self._ended = False
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._hooks.signals, selectors.EVENT_READ, self._taken_off)
        self._selector.register(self._signals, selectors.EVENT_READ, self._told)
        self._selector.register(self._wake, selectors.EVENT_READ, lambda: os.eventfd_read(self._wake))
        self._control = ControlServer(control, self._selector, self._asked)
        self._thread = threading.Thread(target=self._run, name="zsnp", daemon=True)
        self._count_at = time.monotonic() + _COUNT_SECONDS
        self._counted: dict[ShortcutKey, Count] = {}
        self._totals: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Let go; what is in force stays so until its lease ends."""
        self._ended = True
        os.eventfd_write(self._wake, 1)
        if self._thread.is_alive():
            self._thread.join()
        for held in (self._control, self._selector, self._signals, self._frames):
            held.close()
        self._tunnels.release()
        os.close(self._wake)

    def update(self, known: Known) -> None:
        """The host has been given something else: shortcuts that may not be any more end before this returns."""
        with self._lock:
            if known is self._known:
                return
            self._known = known
            self._ports = {port.ifname: port for port in known.ports.values() if not port.standby}
            self._overlays = {vxlan_name(network.net_id): network.net_id for network in known.overlays.values()}
            self._by_index.clear()
            facts = host_facts(known)
            if facts != self._facts:
                self._facts = facts
                self._hooks.signals.listen({net_id for _, net_id in facts.routers})
                self._peer.update(facts)
            if not self._adopted:
                self._adopt()
            self._carry_out()
        os.eventfd_write(self._wake, 1)

    def look(self) -> Look:
        """What there is, for people."""
        with self._lock:
            look = self._look()
            self._carry_out()
            return look

    def totals(self) -> dict[str, tuple[int, int]]:
        """Packets and bytes taken off each vrouter (by uuid) since the agent began."""
        with self._lock:
            self._count(moment())
            self._carry_out()
            routers = self._known.shortcut_routers.values() if self._known is not None else ()
            names = {one.router: one.router_uuid for one in routers}
            return {names[router]: (one[0], one[1]) for router, one in self._totals.items() if router in names}

    def take_set_up_times(self) -> list[float]:
        """Seconds from hint to shortcut, of those since the last call."""
        with self._lock:
            return [milliseconds / 1000 for milliseconds in self._peer.take_set_up_times()]

    # ---- the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        while not self._ended:
            self._step()

    def _step(self) -> None:
        ready = self._selector.select(self._patience())
        try:
            with self._lock:
                for key, _ in ready:
                    key.data()
                at = moment()
                due = self._peer.next_timer()
                if due is not None and due <= at.mono:
                    self._peer.handle_timer(at)
                if time.monotonic() >= self._count_at:
                    self._count(at)
                self._carry_out()
        except Exception:
            # A surprise must not end signalling: what is in force runs out by itself.
            _log.exception("shortcuts_crashed")
            time.sleep(_COUNT_SECONDS / 10)

    def _patience(self) -> float:
        with self._lock:
            due = self._peer.next_timer()
        until_count = self._count_at - time.monotonic()
        return max(0.0, until_count if due is None else min(until_count, (due - moment().mono) / 1000))

    def _taken_off(self) -> None:
        at = moment()
        for signal in self._hooks.signals.read():
            port = self._port(signal.port)
            try:
                if port is None:
                    self._stray(at, signal)
                else:
                    frame = frames.parse(signal.frame)
                    self._peer.taken_off(at, port.net_id, frame, frames.packet_bytes(signal.length))
            except Garbled:
                self._peer.unreadable()

    def _stray(self, at: Moment, signal: Signal) -> None:
        """It came by a VXLAN device, which has just learned where its sender is.

        Raises:
            Garbled: it is no frame with an address.
        """
        net_id = None
        with contextlib.suppress(OSError):  # the device is gone
            net_id = self._overlays.get(socket.if_indextoname(signal.port))
        if net_id is None:
            self._peer.unreadable("unknown port")
            return
        mac, ip = frames.stray(signal.frame)
        sender = self._tunnels.where(net_id, mac)
        if sender is not None:
            self._peer.strayed(at, net_id, ip, sender)

    def _told(self) -> None:
        at = moment()
        for packet in self._signals.receive():
            try:
                source, destination, payload = frames.parse_packet(packet)
            except Garbled:
                self._peer.unreadable()
            else:
                self._peer.told(at, source, destination, payload)

    def _asked(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        look = self._look()
        counted = {"refused": look.refused, "ended": look.ended}
        return shortcut_rows.answer(request, self._known or Known(), look.at, look.entries, counted)

    def _look(self) -> Look:
        self._count(moment())
        return Look(moment(), tuple(self._peer.entries()), dict(self._peer.refused), dict(self._peer.ended))

    def _count(self, at: Moment) -> None:
        self._count_at = time.monotonic() + _COUNT_SECONDS
        before, self._counted = self._counted, dict(self._hooks.shortcuts.traffic())
        routers = {entry.key: entry.router for entry in self._peer.entries()}
        for key, now in self._counted.items():
            was = before.get(key)
            grown = was is not None and now.packets >= was.packets
            total = self._totals[routers.get(key, 0)]
            total[0] += now.packets - (was.packets if was and grown else 0)
            total[1] += now.bytes - (was.bytes if was and grown else 0)
        if self._counted:
            self._peer.counted(at, {key: (count.packets, count.bytes) for key, count in self._counted.items()})

    def _port(self, index: int) -> Port | None:
        if index not in self._by_index:
            with contextlib.suppress(OSError):
                port = self._ports.get(socket.if_indextoname(index))
                if port is not None:
                    self._by_index[index] = port
        return self._by_index.get(index)

    # ---- what the peer wants --------------------------------------------------------------

    def _carry_out(self) -> None:
        for output in self._peer.take():
            try:
                self._do(output)
            except OSError as error:
                _log.warning("shortcut_not_made", what=type(output).__name__, reason=str(error))
                if isinstance(output, Install):
                    self._peer.failed(moment(), output.key, str(error))
                    self._hooks.shortcuts.delete([output.key])

    def _do(self, output: Output) -> None:
        match output:
            case Inject(net_id, frame):
                self._frames.send(bridge_name(net_id), frames.build(frame))
            case Tell(source, destination, payload):
                self._signals.send(source, destination, payload)
            case Tunnel(path, frame, size):
                self._frames.send(self._device(path), frames.build(frame, size))
            case Reach(path) if not path.local:
                self._tunnels.open(path, self._vtep_for(path), present=path.net_id in self._facts.networks)
            case Unreach(path) if not path.local:
                self._tunnels.close(path)
            case Install(key, shortcut):
                self._hooks.shortcuts.put({key: self._kernel_shortcut(shortcut)})
            case Remove(key):
                self._hooks.shortcuts.delete([key])
            case RouterMac(net_id, mac):
                self._hooks.shortcuts.put_routers({net_id: mac})
            case _:
                pass

    def _kernel_shortcut(self, shortcut: Shortcut) -> kernel.Shortcut:
        path = shortcut.path
        device = self._port_of(path) if path.local else self._device(path)
        return kernel.Shortcut(
            expires=shortcut.expires * NS_PER_MS,
            ifindex=socket.if_nametoindex(device),
            prefix=ip_network(shortcut.prefix),
            mtu=shortcut.mtu,
            destination_mac=path.mac,
            source_mac=shortcut.router_mac if path.local else self._facts.mac,
            local=path.local,
            router=shortcut.router,
            router_ip=shortcut.router_ip,
            epoch=shortcut.epoch,
            generation=shortcut.generation,
            egress_net_id=path.net_id,
            vni=path.vni,
            port=path.port,
            router_mac=shortcut.router_mac,
            vtep=path.vtep,
        )

    def _port_of(self, path: Path) -> str:
        for port in self._ports.values():
            if (port.net_id, port.mac) == (path.net_id, path.mac):
                return port.ifname
        raise OSError(f"this host has no open port of {path.mac}")

    def _device(self, path: Path) -> str:
        return vxlan_name(path.net_id) if path.net_id in self._facts.networks else sender_name(path.net_id)

    def _vtep_for(self, path: Path) -> str:
        """This host's own VTEP in the pool of a network that it does not have."""
        own = [network.vtep for network in self._facts.networks.values() if network.port == path.port]
        if not own:
            raise OSError(f"this host has no VTEP for tunnels with UDP port {path.port}")
        return own[0]

    def _adopt(self) -> None:
        """Once: go on from what a predecessor has left in the kernel."""
        self._adopted = True
        found, traffic = self._hooks.shortcuts.read(), dict(self._hooks.shortcuts.traffic())
        self._counted = traffic  # what a predecessor has counted already
        adopted = {key: (_adopted(entry), traffic[key].packets) for key, entry in found.items() if key in traffic}
        self._tunnels.remove_senders_but(
            {entry.path.net_id for entry, _ in adopted.values()} - set(self._facts.networks)
        )
        self._peer.adopt(moment(), adopted)


def _adopted(entry: kernel.Shortcut) -> Shortcut:
    path = Path(entry.egress_net_id, entry.vni, entry.port, entry.vtep, entry.destination_mac, entry.local)
    return Shortcut(
        path=path,
        prefix=str(entry.prefix),
        router_mac=entry.router_mac,
        mtu=entry.mtu,
        expires=entry.expires // NS_PER_MS,
        router=entry.router,
        router_ip=entry.router_ip,
        epoch=entry.epoch,
        generation=entry.generation,
    )
