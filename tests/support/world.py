"""Does the world equal the database?  Every difference is one sentence.

Left: what the API says should be there.  Right: what the kernels of the lab's hosts have.
Compared are VM and vrouter namespaces, port devices, VXLAN networks, flood lists; and in the
database itself, that every claim belongs to something that exists.
"""

import json
import sqlite3
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.support.lab import Lab, in_namespace
from tests.support.v1 import V1

RUNNING = ("Running", "Starting", "Rebooting")


def differences(lab: Lab, api: V1) -> list[str]:
    """Everything that is in one world and not in the other."""
    vms = api.query("/vm-instances", limit=100000)
    running = {vm["uuid"]: vm for vm in vms if vm["state"] in RUNNING}
    unsettled = [vm["name"] for vm in vms if vm["state"].endswith("ing") and vm["state"] != "Running"]
    l3_to_l2 = {l3["uuid"]: l3["l2NetworkUuid"] for l3 in api.query("/l3-networks", limit=100000)}
    networks = {l2["uuid"]: l2 for l2 in api.query("/l2-networks/vxlan", limit=100000)}
    vteps = {(v["hostUuid"], v["poolUuid"]): v["vtepIp"] for v in api.query("/l2-networks/vteps", limit=100000)}

    ports: dict[str, set[str]] = defaultdict(set)
    vnis: dict[str, set[int]] = defaultdict(set)
    members: dict[int, set[str]] = defaultdict(set)
    for vm in running.values():
        host = vm["hostUuid"]
        for nic in vm["vmNics"]:
            ports[host].add(nic["internalName"])
            network = networks.get(l3_to_l2[nic["l3NetworkUuid"]])
            if network is not None:
                vnis[host].add(network["vni"])
                members[network["vni"]].add(vteps[host, network["poolUuid"]])

    found = [f"{name} is unsettled" for name in unsettled]
    for host, namespace in lab.host_namespaces.items():
        links = json.loads(in_namespace(namespace, "ip", "-j", "-d", "link", "show"))
        have_ports = {link["ifname"] for link in links if link["ifname"].startswith("vnic")}
        found += _compare(f"{namespace}: port", ports[host], have_ports)
        vxlans = {link["linkinfo"]["info_data"]["id"]: link for link in links if _is_vxlan(link)}
        found += _compare(f"{namespace}: VNI", vnis[host], set(vxlans))
        for vni, link in vxlans.items():
            own = link["linkinfo"]["info_data"]["local"]
            fdb = json.loads(in_namespace(namespace, "bridge", "-j", "fdb", "show", "dev", link["ifname"]))
            peers = {row["dst"] for row in fdb if row["mac"] == "00:00:00:00:00:00" and "dst" in row}
            found += _compare(f"{namespace}: flood list of VNI {vni}", members[vni] - {own}, peers)
    expected = {uuid[:12] for uuid in running}
    present = {
        path.name.rsplit("-", 1)[1]
        for path in Path("/run/netns").iterdir()
        if path.name.startswith(lab.prefix) and path.name.rsplit("-", 2)[-2] in ("vm", "vr")
    }
    return found + _compare("namespace of VM", expected, present)


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
