"""What a host's ZSNP peer has to know, from what the host has been given."""

from landbridge.model.net import shortcut_mac
from landbridge.model.node import Port, ZsnpKey
from landbridge.render.known import Known
from landbridge.zsnp.facts import HostFacts, Key, LocalPort, Network


def host_facts(known: Known) -> HostFacts:
    """Networks, VMs' ports and keys of this host."""
    networks = {
        overlay.net_id: Network(
            overlay.net_id, overlay.vni, overlay.port, overlay.vtep_ip, overlay.mtu, overlay.vtep_cidrs
        )
        for overlay in known.overlays.values()
    }
    ports: dict[tuple[int, str], LocalPort] = {}
    machines = [
        port
        for port in known.ports.values()
        if port.role == "vm" and port.net_id in networks and port.enabled and not port.standby
    ]
    for port in machines:
        ports.update({(port.net_id, pair): _local(port, pair, shared=True) for pair in _single_pairs(port)})
    for port in machines:
        # Also another's pair: then who has it at this moment only the network knows.
        ports.update(
            {(port.net_id, ip): _local(port, ip, shared=(port.net_id, ip) in ports) for ip in port.addresses}
        )
    routers = {(one.router, one.net_id): keys_of(one.keys) for one in known.shortcut_routers.values()}
    mac = shortcut_mac(known.host.number if known.host else 0)
    return HostFacts(mac, networks, ports, routers, known.vteps)


def keys_of(keys: tuple[ZsnpKey, ...]) -> tuple[Key, ...]:
    """Keys as they are used."""
    return tuple(Key(key.id, bytes.fromhex(key.secret)) for key in keys)


def _local(port: Port, ip: str, *, shared: bool) -> LocalPort:
    return LocalPort(port.net_id, ip, port.mac, shared, port.generation)


def _single_pairs(port: Port) -> list[str]:
    return [pair.ip for pair in port.pairs if "/" not in pair.ip]
