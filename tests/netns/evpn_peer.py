"""A VTEP that is none of ours: FRR's zebra and bgpd in a namespace, EVPN over the kernel's VXLAN (RFC 8365)."""

import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.netns.agent_hosts import sh

_DAEMONS = Path("/usr/lib/frr")
_USER = "frr"
_BGP = """
router bgp 65000
 bgp router-id {own}
 no bgp default ipv4-unicast
 neighbor {other} remote-as 65000
 neighbor {other} timers connect 1
 address-family l2vpn evpn
  neighbor {other} activate
  advertise-all-vni
 exit-address-family
"""


class Peer:
    """FRR in a namespace that has a bridge with a VXLAN device already; speaks with one other."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace

    @contextlib.contextmanager
    def running(self, own: str, other: str) -> Iterator[None]:
        """Both daemons, in the foreground, ended whatever happens."""
        with contextlib.ExitStack() as stack:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="landbridge-frr-")))
            shutil.chown(path, _USER, _USER)  # they are not root for long
            (path / "zebra.conf").touch()
            (path / "bgpd.conf").write_text(_BGP.format(own=own, other=other))
            for daemon in ("zebra", "bgpd"):
                process = subprocess.Popen(self._command(daemon, path), stderr=subprocess.DEVNULL)
                stack.callback(process.wait)
                stack.callback(process.terminate)
                eventually((path / f"{daemon}.vty").exists, f"{daemon} has not begun")
            yield

    def _command(self, daemon: str, path: Path) -> list[str]:
        files = [f"--vty_socket={path}", "-z", str(path / "zserv"), "-i", str(path / f"{daemon}.pid"), "-P", "0"]
        inside = ["nsenter", f"--net=/run/netns/{self.namespace}"]
        return [*inside, str(_DAEMONS / daemon), "-f", str(path / f"{daemon}.conf"), *files]


def eventually(holds: Callable[[], bool], complaint: str, seconds: float = 20.0) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)


def learned(namespace: str, device: str) -> dict[str, str]:
    """MAC -> VTEP, as somebody else has told the device."""
    rows = json.loads(sh(f"bridge -n {namespace} -j fdb show dev {device}"))
    return {row["mac"]: row["dst"] for row in rows if "dst" in row and "extern_learn" in row.get("flags", ())}
