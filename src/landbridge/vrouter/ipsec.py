"""A vrouter's IPsec: charon with the connections, and the device that leads to their peers."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from landbridge.drivers.charon import Charon, CharonError, SecurityAssociations, installed_version
from landbridge.drivers.charon_events import CharonEvents
from landbridge.drivers.esp import kernel_refusal
from landbridge.drivers.supervise import Supervisor
from landbridge.drivers.tunnel_device import TunnelDevice
from landbridge.model.health import Health, TunnelHealth
from landbridge.model.node import AnyObject
from landbridge.model.questions.ipsec import IpsecPair, IpsecSoftware, IpsecState, IpsecStates
from landbridge.model.router_node import IpsecTunnel
from landbridge.render import ipsec_log
from landbridge.render.ipsec import KERNEL_DEVICE, USER_DEVICE, connection_name, pairs

_LINES = 30
_UP = frozenset({"INSTALLED", "REKEYING", "REKEYED"})


class Ipsec:
    """All IPsec connections of the namespace that it is made in.  `directory` is charon's."""

    def __init__(self, directory: Path, supervisor: Supervisor) -> None:
        self._charon = Charon(directory, supervisor)
        self._device = TunnelDevice()
        self._tunnels: dict[str, IpsecTunnel] = {}
        self._kernel: bool | None = None

    @property
    def events(self) -> CharonEvents:
        """Readable when a tunnel has come up or gone down: time for `apply`."""
        return self._charon.events

    @property
    def serves(self) -> bool:
        """Whether there is any connection."""
        return bool(self._tunnels)

    def close(self) -> None:
        """Let go; nothing stops."""
        self._device.close()

    def retire(self, objects: Mapping[str, AnyObject]) -> None:
        """End what is no longer wanted: while our end still has its address, so that the peer hears of it."""
        self._tunnels = {key: item for key, item in objects.items() if isinstance(item, IpsecTunnel)}
        if not self._tunnels:
            self._charon.stop()
            self._device.remove_kernel_device()
        elif self._charon.runs():
            with contextlib.suppress(CharonError):
                self._charon.unload(self._tunnels.values())

    def apply(self) -> dict[str, str]:
        """Have the others, as `retire` was told; what failed, by node object key.  A silent peer is no failure."""
        tunnels = self._tunnels
        if not tunnels:
            return {}
        kernel = self._in_kernel()
        networks = [cidr for tunnel in tunnels.values() for cidr in tunnel.remote]
        try:
            self._charon.ensure(kernel=kernel)
            if kernel:
                self._device.make_kernel_device()
            self._device.apply(KERNEL_DEVICE if kernel else USER_DEVICE, networks)
            failed = self._charon.load(tunnels.values(), kernel=kernel)
        except (CharonError, OSError) as error:
            return dict.fromkeys(tunnels, str(error))
        return {key: failed[item.uuid] for key, item in tunnels.items() if item.uuid in failed}

    def show(self) -> dict[str, Any]:
        """How they are, as `IpsecStates` in JSON's types.

        Raises:
            OSError: charon does not answer.
        """
        states = self._states()
        esp: Literal["kernel", "user space"] = "kernel" if self._in_kernel() else "user space"
        shown: dict[str, Any] = msgspec.to_builtins(IpsecStates(connections=tuple(states), esp=esp))
        return shown

    def software(self) -> dict[str, Any]:
        """Which versions of it there are, as `IpsecSoftware` in JSON's types.

        Raises:
            OSError: charon does not answer.
        """
        try:
            running = self._charon.version() if self._charon.runs() else None
        except CharonError as error:
            raise OSError(str(error)) from error
        shown: dict[str, Any] = msgspec.to_builtins(IpsecSoftware(running=running, installed=installed_version()))
        return shown

    def _states(self) -> list[IpsecState]:
        if not self._tunnels:
            return []
        try:
            listed = self._charon.security_associations()
        except CharonError as error:
            raise OSError(str(error)) from error
        said = ipsec_log.by_connection(self._charon.log())
        return [_state(one, listed, said.get(connection_name(one), [])) for one in self._tunnels.values()]

    def health(self) -> dict[str, Health]:
        """By node object key.

        Raises:
            OSError: charon does not answer.
        """
        return {f"ipsec/{state.uuid}": _health(state) for state in self._states()}

    def _in_kernel(self) -> bool:
        if self._kernel is None:
            self._kernel = kernel_refusal() is None
        return self._kernel


def changed_pairs(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> list[tuple[str, str]]:
    """(local, remote) of what came into tunnels or left them, by the elements of nftables' sets."""
    changed = before.get("ipsec_pairs", {}).keys() ^ after.get("ipsec_pairs", {}).keys()
    return [(local, remote) for local, _, remote in (element.partition(" . ") for element in changed)]


def _health(state: IpsecState) -> TunnelHealth:
    phase = "" if state.failed_phase is None else f"phase {state.failed_phase}: "
    return TunnelHealth(up=state.status == "up", reason=f"{phase}{state.reason}" if state.reason else None)


def _state(tunnel: IpsecTunnel, listed: SecurityAssociations, lines: list[str]) -> IpsecState:
    present = listed.get(connection_name(tunnel), [])
    children = [child for sa in present for child in sa.get("child-sas", {}).values() if child["state"] in _UP]
    found = []
    for name, (local, remote) in pairs(tunnel).items():
        own = [child for child in children if child["name"] == name]
        found.append(
            IpsecPair(
                local_cidr=local,
                remote_cidr=remote,
                up=bool(own),
                bytes_in=sum(int(child.get("bytes-in", 0)) for child in own),
                bytes_out=sum(int(child.get("bytes-out", 0)) for child in own),
            )
        )
    up = all(pair.up for pair in found)
    phase, reason = (None, None) if up else ipsec_log.reason(lines) or (None, None)
    newest = max(present, key=lambda sa: int(sa["uniqueid"]), default=None)
    established = newest.get("established") if newest else None
    return IpsecState(
        uuid=tunnel.uuid,
        status="up" if up else "down",
        ike_state=newest["state"] if newest else None,
        established_seconds=None if established is None else int(established),
        failed_phase=phase,
        reason=reason,
        pairs=tuple(found),
        log=tuple(lines[-_LINES:]),
    )
