"""WireGuard interfaces: what is asked of whom, and when."""

import socket
from pathlib import Path

import pytest

from landbridge.drivers import wireguard
from landbridge.drivers.children import Child
from landbridge.drivers.supervise import Supervisor
from landbridge.model.router_node import WireGuard

TUNNEL = WireGuard(interface="wg1", vip_ip="203.0.113.9", port=51820, private_key="k", networks=(), peers=())


class NoKernel(Supervisor):
    """A machine where user space serves; its process makes the interface, and two looks later its socket."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, ...]] = []
        self.looks_left: int | None = None

    def ensure(self, child: Child) -> bool:
        assert child.argv[0] == "wireguard-go"
        self.looks_left = 2
        return True

    def present(self) -> dict[str, int]:
        return {} if self.looks_left is None else {"wg1": 7}

    def run(self, *command: str, stdin: str = "") -> str:
        if command[:3] == ("ip", "link", "add"):
            raise wireguard.WireGuardError("Unknown device type")
        if command[0] == "wg" and self.looks_left:
            assert command[1] == "show", "nothing is set up before there is somebody who listens"
            self.looks_left -= 1
            raise wireguard.WireGuardError("Protocol not supported")
        self.ran.append(command)
        return '[{"addr_info": []}]' if "addr" in command else "[]"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> NoKernel:
    made = NoKernel()
    monkeypatch.setattr(wireguard, "_present", made.present)
    monkeypatch.setattr(wireguard, "_run", made.run)
    monkeypatch.setattr(socket, "if_nametoindex", lambda name: made.present()[name])
    return made


def test_a_device_whose_socket_is_yet_to_come_is_waited_for(machine: NoKernel, tmp_path: Path) -> None:
    assert wireguard.Tunnels(tmp_path, machine).apply([TUNNEL]) == (1, {})
    assert ("wg", "syncconf", "wg1", "/dev/stdin") in machine.ran


def test_one_that_never_listens_is_an_error_in_its_words(
    machine: NoKernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wireguard, "_START_SECONDS", 0.0)
    changed, failed = wireguard.Tunnels(tmp_path, machine).apply([TUNNEL])
    assert changed == 0
    assert "Protocol not supported" in failed["wg1"]
