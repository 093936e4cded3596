"""Does the world equal the database?  Every difference is one sentence.

Left: what the API says should be there.  Right: what the kernels of the lab's hosts have.
Compared are VM and vrouter namespaces, port devices, bridges, VXLAN networks, flood lists, and
inside each vrouter its addresses (VIPs too) and source NAT; and in the database itself, that every claim
belongs to something that exists.
"""

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.lab import Lab, in_namespace
from tests.support.v1 import V1

RUNNING = ("Running", "Starting", "Rebooting")

_ALL = 100_000


def differences(lab: Lab, api: V1) -> list[str]:
    """Everything that is in one world and not in the other."""
    vms = api.query("/vm-instances", limit=_ALL)
    running = [vm for vm in vms if vm["state"] in RUNNING]
    unsettled = [f"{vm['name']} is {vm['state']}" for vm in vms if vm["state"].endswith("ing")]
    found = [complaint for complaint in unsettled if not complaint.endswith(" Running")]
    return found + _hosts(lab, api, running) + _namespaces(lab, running) + _routers(lab, api, running)


def _hosts(lab: Lab, api: V1, running: list[dict[str, Any]]) -> list[str]:
    """Ports, bridges, VXLAN devices and flood lists of every host."""
    l3_to_l2 = {l3["uuid"]: l3["l2NetworkUuid"] for l3 in api.query("/l3-networks", limit=_ALL)}
    vnis = {l2["uuid"]: (l2["vni"], l2["poolUuid"]) for l2 in api.query("/l2-networks/vxlan", limit=_ALL)}
    vteps = {(v["hostUuid"], v["poolUuid"]): v["vtepIp"] for v in api.query("/l2-networks/vteps", limit=_ALL)}

    ports: dict[str, set[str]] = defaultdict(set)
    networks: dict[str, set[str]] = defaultdict(set)
    for vm in running:
        for nic in vm["vmNics"]:
            ports[vm["hostUuid"]].add(nic["internalName"])
            networks[vm["hostUuid"]].add(l3_to_l2.get(nic["l3NetworkUuid"], "?"))
    for host, l2_uuid in _relays(lab.database):
        networks[host].add(l2_uuid)
    members: dict[int, set[str]] = defaultdict(set)
    for host, l2_uuids in networks.items():
        for vni, pool in (vnis[uuid] for uuid in l2_uuids & vnis.keys()):
            members[vni].add(vteps.get((host, pool), f"the VTEP of host {host}"))

    found = []
    for host, namespace in lab.host_namespaces.items():
        links = json.loads(in_namespace(namespace, "ip", "-j", "-d", "link", "show"))
        have_ports = {link["ifname"] for link in links if link["ifname"].startswith("vnic")}
        found += _compare(f"{namespace}: port", ports[host], have_ports)
        bridges = [link["ifname"] for link in links if re.fullmatch(r"lb[0-9a-f]+", link["ifname"])]
        if len(bridges) != len(networks[host]):
            found.append(f"{namespace}: bridges {bridges} for {len(networks[host])} networks")
        vxlans = {link["linkinfo"]["info_data"]["id"]: link for link in links if _is_vxlan(link)}
        found += _compare(f"{namespace}: VNI", {vnis[uuid][0] for uuid in networks[host] & vnis.keys()}, set(vxlans))
        for vni, link in vxlans.items():
            own = link["linkinfo"]["info_data"]["local"]
            fdb = json.loads(in_namespace(namespace, "bridge", "-j", "fdb", "show", "dev", link["ifname"]))
            peers = {row["dst"] for row in fdb if row["mac"] == "00:00:00:00:00:00" and "dst" in row}
            found += _compare(f"{namespace}: flood list of VNI {vni}", members[vni] - {own}, peers)
    return found


def _namespaces(lab: Lab, running: list[dict[str, Any]]) -> list[str]:
    """Those of VMs and vrouters."""
    return _compare("namespace of VM", {vm["uuid"][:12] for vm in running}, set(_machines(lab)))


def _machines(lab: Lab) -> dict[str, str]:
    """First 12 digits of a VM's or vrouter's uuid -> its namespace."""
    names = [path.name for path in Path("/run/netns").iterdir() if path.name.startswith(f"{lab.prefix}-")]
    return {name.rsplit("-", 1)[1]: name for name in names if name.rsplit("-", 2)[-2] in ("vm", "vr")}


def _routers(lab: Lab, api: V1, running: list[dict[str, Any]]) -> list[str]:
    """Addresses and source NAT inside every vrouter."""
    l3s = {l3["uuid"]: l3 for l3 in api.query("/l3-networks", limit=_ALL)}
    enabled = {
        (row["vpcUuid"], row["l3NetworkUuid"])
        for row in api.query("/vpc/virtual-routers/networkservicestate/snat", "state=enable", limit=_ALL)
    }
    served = [vip for vip in api.query("/vips", limit=_ALL) if vip.get("useFor")]
    machines = _machines(lab)
    found = []
    for router in (vm for vm in running if vm["type"] == "ApplianceVm"):
        namespace = machines.get(router["uuid"][:12])
        if namespace is None:
            continue  # already complained of
        shown = json.loads(in_namespace(namespace, "ip", "-j", "-4", "addr", "show"))
        have = {address["local"] for link in shown if link["ifname"] != "lo" for address in link["addr_info"]}
        networks = {nic["l3NetworkUuid"] for nic in router["vmNics"]}
        vips = {vip["ip"] for vip in served if networks & set(vip["peerL3NetworkUuids"])}
        found += _compare(f"{router['name']}: address", vips | {nic["ip"] for nic in router["vmNics"]}, have)
        translated = {
            f"{l3s[nic['l3NetworkUuid']]['ipRanges'][0]['networkCidr']} as {public['ip']}"
            for nic in router["vmNics"]
            for public in router["vmNics"]
            if (router["uuid"], public["l3NetworkUuid"]) in enabled and _has_snat(l3s.get(nic["l3NetworkUuid"], {}))
        }
        listing = in_namespace(namespace, "nft", "-j", "list", "map", "inet", "landbridge", "source_nat", check=False)
        found += _compare(f"{router['name']}: source NAT", translated, set(_source_nat(listing)))
    return found


def _has_snat(l3: dict[str, Any]) -> bool:
    return any(service["networkServiceType"] == "SNAT" for service in l3.get("networkServices", ()))


def _source_nat(listing: str) -> Iterator[str]:
    """`subnet as public address` of every element of the vrouter's map."""
    for item in json.loads(listing)["nftables"] if listing else ():
        for key, value in item.get("map", {}).get("elem", ()):
            prefix = key["concat"][0]["prefix"]
            yield f"{prefix['addr']}/{prefix['len']} as {value}"


def _relays(database: Path) -> list[tuple[str, str]]:
    """Hosts that have a network for a while because a VM has moved away from there."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "SELECT json_extract(doc, '$.hostUuid'), json_extract(doc, '$.l2NetworkUuid') FROM resource "
            "WHERE type = 'NicRelay'"
        )
        return [(str(host), str(l2_uuid)) for host, l2_uuid in rows]


def stray_claims(database: Path) -> list[str]:
    """Claims whose owner is no resource."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "SELECT scope, key, owner FROM claim WHERE owner NOT IN (SELECT uuid FROM resource)"
        ).fetchall()
    return [f"claim {scope} {key} of {owner}, which does not exist" for scope, key, owner in rows]


def _is_vxlan(link: dict[str, Any]) -> bool:
    return bool(link.get("linkinfo", {}).get("info_kind") == "vxlan")


def _compare(what: str, expected: set[Any], present: set[Any]) -> list[str]:
    missing = [f"{what} {item} is missing" for item in sorted(expected - present)]
    stray = [f"{what} {item} is stray" for item in sorted(present - expected)]
    return missing + stray
