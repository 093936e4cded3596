"""Whether the underlay carries what this host's networks need: full-size packets to every VTEP that it sends to."""

import errno
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from landbridge.agent.state import FILE, Scopes
from landbridge.cli.probes import Absent, Probe
from landbridge.core.mtu import underlay_mtu
from landbridge.drivers import path_probe
from landbridge.model.node import FloodPeer, VxlanNetwork


def underlay_probes(state_dir: Path) -> Iterator[Probe]:
    """A probe per VTEP of this host and VTEP in a flood list of its networks, of the size that the widest one needs.

    A host that has not joined, or has no network yet, has nothing to prove.
    """
    objects = Scopes(state_dir / FILE).objects().values()
    networks = {found.l2_uuid: found for found in objects if isinstance(found, VxlanNetwork)}
    wanted: defaultdict[tuple[str, str], int] = defaultdict(int)
    for peer in objects:
        network = networks.get(peer.l2_uuid) if isinstance(peer, FloodPeer) else None
        if isinstance(peer, FloodPeer) and network is not None and peer.vtep_ip != network.vtep_ip:
            way = network.vtep_ip, peer.vtep_ip
            wanted[way] = max(wanted[way], underlay_mtu(network.mtu))
    for (source, target), size in sorted(wanted.items()):
        yield _probe(source, target, size)


def _probe(source: str, target: str, size: int) -> Probe:
    def attempt(_scratch: str) -> str:
        try:
            answered = path_probe.answering(source, [target], size)
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                raise Absent(f"the interface of {source} takes no packets of {size} bytes") from error
            raise
        if answered:
            return f"packets of {size} bytes arrive whole"
        found = path_probe.largest(source, target, size)
        if not found:
            raise Absent("it does not answer")
        raise Absent(f"packets of {size} bytes do not arrive, of {found} they do")

    return Probe(
        f"underlay {source} to {target}",
        "full-size packets between VMs on the two hosts",
        f"raise the MTU of interfaces and switches on the way to {size}, or lower the networks' by as much",
        attempt,
        scratch=False,
    )
