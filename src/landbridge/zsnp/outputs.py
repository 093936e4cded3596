"""What a peer wants to be sent and done; whoever drives it carries it out, in this order."""

from dataclasses import dataclass

from landbridge.core.shortcut import ShortcutKey
from landbridge.zsnp.frames import Frame


@dataclass(frozen=True, slots=True)
class Inject:
    """Send the frame into a network of this host as if a local machine had: the bridge finds the vrouter."""

    net_id: int
    frame: Frame


@dataclass(frozen=True, slots=True)
class Tell:
    """Send the message from one VTEP to another, as IP protocol 253."""

    source: str
    destination: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Tunnel:
    """Send the frame through the tunnel of `path`, its IP packet `size` bytes long (0: as it is)."""

    path: "Path"
    frame: Frame
    size: int


@dataclass(frozen=True, slots=True)
class Send:
    """From a vrouter, by its own routing."""

    source: str
    destination: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Path:
    """How a machine of another network is reached: its network, its host's VTEP, its MAC.

    port: UDP, of the network's tunnels.  `local`: it is on this host, `vtep` is the host's own.
    """

    net_id: int
    vni: int
    port: int
    vtep: str
    mac: str
    local: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """Make the path passable (device, forwarding entry)."""

    path: Path


@dataclass(frozen=True, slots=True)
class Unreach:
    """Nobody needs the path any more."""

    path: Path


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What the kernel does with frames of a key until `expires` (milliseconds of the peer's clock).

    prefix      CIDR that the source must lie in
    router_mac  the router's in the destination's network
    router, router_ip, epoch, generation   for who adopts it after a restart
    """

    path: Path
    prefix: str
    router_mac: str
    mtu: int
    expires: int
    router: int
    router_ip: str
    epoch: int
    generation: int


@dataclass(frozen=True, slots=True)
class Install:
    """Put it in force, or another one in its place."""

    key: ShortcutKey
    shortcut: Shortcut


@dataclass(frozen=True, slots=True)
class Remove:
    """With the next packet the router has the traffic again."""

    key: ShortcutKey


@dataclass(frozen=True, slots=True)
class RouterMac:
    """Short frames that come in for a network stand for the router with this MAC."""

    net_id: int
    mac: str


Output = Inject | Tell | Tunnel | Send | Reach | Unreach | Install | Remove | RouterMac
