"""Which namespace a name means: `host-1`, `vm:web-1`, `vrouter:r`, `internet`, or a uuid."""

from collections.abc import Iterator
from typing import Any

from landbridge.lab.layout import Lab
from landbridge.model.errors import ApiError, operr

_PLACES = {"UserVm": "vm", "ApplianceVm": "vr"}


def namespace(lab: Lab, known: dict[str, Any], name: str) -> str:
    """The namespace's name.

    Raises: SYS.1003 when nothing is called so, SYS.1006 listing the uuids when several are, or
    when the VM does not run.
    """
    kind, separator, rest = name.partition(":")
    wanted, asked = (rest, kind) if separator else (name, "")
    found = {uuid: place for what, called, uuid, place in _all(lab, known)
             if wanted in (called, uuid) and asked in ("", what)}  # fmt: skip
    if not found:
        raise ApiError("SYS.1003", f"nothing in this lab is called {name}: see `landbridge lab status`")
    if len(found) > 1:
        raise operr(f"{name} is the name of several: {', '.join(sorted(found))}; use a uuid")
    uuid, place = found.popitem()
    if place is None:
        raise operr(f"{name}[uuid:{uuid}] does not run on any host: start it first")
    return place


def _all(lab: Lab, known: dict[str, Any]) -> Iterator[tuple[str, str, str, str | None]]:
    """(what, name, uuid, namespace) of everything."""
    yield "internet", "internet", "internet", lab.internet
    tags: dict[str, str] = {}
    for host in lab.members:
        uuid = known["hosts"].get(host.name, host.name)
        tags[uuid] = host.tag
        yield "host", host.name, uuid, host.namespace
    for vm in known["vms"]:
        tag = tags.get(vm.get("hostUuid") or "")
        place = f"{tag}-{_PLACES[vm['type']]}-{vm['uuid'][:12]}" if tag else None
        yield ("vm" if vm["type"] == "UserVm" else "vrouter"), vm["name"], vm["uuid"], place
