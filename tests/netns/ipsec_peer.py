"""A peer for IPsec tests: strongSwan in a namespace of its own, configured by hand; nothing of it is ours.

a 10.1.0.10 ── router 203.0.113.9 ── internet ── 198.51.100.5 peer ── lan 10.9.0.10, 10.8.0.10
"""

import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from landbridge.drivers.esp import kernel_refusal
from tests.netns.guest_fixtures import Machines, eventually, sh

VIP, PEER = "203.0.113.9", "198.51.100.5"
REMOTE, REMOTE_IP = "10.9.0.0/24", "10.9.0.10"
OTHER_REMOTE, OTHER_REMOTE_IP = "10.8.0.0/24", "10.8.0.10"
PSK = "correct horse"

_STRONGSWAN = """charon {
  load = random nonce aes sha1 sha2 md5 hmac kdf gmp openssl socket-default ESP kernel-netlink vici
  filelog {
    log {
      path = /run/charon.log
      flush_line = yes
      default = 1
    }
  }
}
"""

CONNECTION = """connections {
  tenant {
    version = 2
    local_addrs = 198.51.100.5
    remote_addrs = 203.0.113.9
    proposals = aes256-sha256-modp1024
    local {
      auth = psk
      id = 198.51.100.5
    }
    remote {
      auth = psk
      id = 203.0.113.9
    }
    children {
      net {
        local_ts = 10.9.0.0/24,10.8.0.0/24
        remote_ts = 10.1.0.0/24,10.2.0.0/24
        esp_proposals = aes256-sha256-modp2048
      }
    }
  }
}
secrets {
  ike-tenant {
    secret = "correct horse"
  }
}
"""


class Outside(Protocol):
    """Where a peer can be: there is a machine `internet`, and room for more."""

    machines: Machines
    names: dict[str, str]

    def on(self, machine: str, command: str, *, check: bool = True) -> str:
        """Run a command there."""
        ...


@dataclass
class Beyond:
    """A machine `internet` that is there already, and machines of our own beyond it."""

    machines: Machines
    names: dict[str, str]

    def on(self, machine: str, command: str, *, check: bool = True) -> str:
        """Run a command there."""
        return sh(f"ip netns exec {self.names[machine]} {command}", check=check)


@dataclass
class Peer:
    """The gateway at the other end, and a machine behind it."""

    world: Outside
    directory: Path
    _process: subprocess.Popen[bytes] | None = field(default=None)

    def build(self) -> None:
        """Namespaces, cables, routes."""
        machines, names = self.world.machines, self.world.names
        for name in ("peer", "lan"):
            names[name] = machines.add(name)
        machines.link(names["peer"], "wan", names["internet"], "topeer")
        machines.link(names["lan"], "eth0", names["peer"], "lan")
        for netns, device, address in (
            ("internet", "topeer", "198.51.100.1/24"),
            ("peer", "wan", f"{PEER}/24"),
            ("peer", "lan", "10.9.0.1/24"),
            ("peer", "lan", "10.8.0.1/24"),
            ("lan", "eth0", f"{REMOTE_IP}/24"),
            ("lan", "eth0", f"{OTHER_REMOTE_IP}/24"),
        ):
            sh(f"ip -n {names[netns]} addr add {address} dev {device} && ip -n {names[netns]} link set {device} up")
        sh(f"ip -n {names['peer']} route add default via 198.51.100.1")
        sh(f"ip -n {names['lan']} route add default via 10.9.0.1")
        for netns in ("internet", "peer"):
            self.world.on(netns, "sysctl -qw net.ipv4.ip_forward=1")
        # What ought to be in the tunnel is counted where it would be seen if it were not.
        self.world.on("internet", "nft add table ip seen")
        self.world.on("internet", "nft 'add chain ip seen f { type filter hook prerouting priority raw; }'")
        self.world.on("internet", "nft add rule ip seen f ip daddr { 10.8.0.0/15, 10.1.0.0/24 } counter")

    def leaked(self) -> int:
        """Packets that the Internet has seen of what should be in the tunnel."""
        listing = self.world.on("internet", "nft list chain ip seen f")
        return int(listing.split("counter packets ")[1].split()[0])

    def start(self, config: str = CONNECTION) -> None:
        """Run its charon with a swanctl.conf."""
        run = self.directory / "run"
        run.mkdir(parents=True, exist_ok=True)
        (run / "charon.pid").unlink(missing_ok=True)
        (run / "charon.vici").unlink(missing_ok=True)
        esp = "" if kernel_refusal() is None else "kernel-libipsec"
        (run / "charon.conf").write_text(_STRONGSWAN.replace("ESP", esp))
        (self.directory / "swanctl.conf").write_text(config)
        inside = f"mount --bind {run} /run && exec /usr/lib/ipsec/charon"
        command = ["ip", "netns", "exec", self.world.names["peer"], "unshare", "-m", "sh", "-c", inside]
        environment = {**os.environ, "STRONGSWAN_CONF": "/run/charon.conf"}
        with (self.directory / "out").open("ab") as out:
            self._process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        eventually("the peer's socket", (run / "charon.vici").is_socket)
        self.load(config)

    def load(self, config: str) -> None:
        """Give it another swanctl.conf."""
        (self.directory / "swanctl.conf").write_text(config)
        command = f"--load-all --noprompt --file {self.directory}/swanctl.conf"
        # Its socket is there before it answers.
        eventually("it is loaded", lambda: "successfully loaded 1 connections" in self.swanctl(command))

    def swanctl(self, arguments: str) -> str:
        """Ask it something."""
        socket = f"/proc/{self._pid}/root/run/charon.vici"
        return sh(f"SWANCTL_DIR={self.directory} swanctl {arguments} --uri unix://{socket}", check=False)

    def kill(self) -> None:
        """It dies without a word."""
        assert self._process is not None
        os.kill(self._pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def log(self) -> str:
        """What it has to say."""
        return (self.directory / "run" / "charon.log").read_text()

    def close(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self.kill()

    @property
    def _pid(self) -> int:
        assert self._process is not None
        return self._process.pid  # ip, unshare and sh have each become the next
