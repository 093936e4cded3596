"""Names and addresses of a lab; which name means which namespace."""

from typing import Any

import pytest

from landbridge.lab import where
from landbridge.lab.layout import Lab, check
from landbridge.model.errors import ApiError

LAB = Lab(directory="/nowhere", prefix="lb", port=8080, hosts=3, underlay_mtu=1600, slot=7)
KNOWN: dict[str, Any] = {
    "hosts": {"host-1": "a" * 32, "host-2": "b" * 32},
    "vms": [
        {"uuid": "1" * 32, "name": "web", "type": "UserVm", "hostUuid": "a" * 32},
        {"uuid": "2" * 32, "name": "web", "type": "UserVm", "hostUuid": "b" * 32},
        {"uuid": "3" * 32, "name": "asleep", "type": "UserVm", "hostUuid": None},
        {"uuid": "4" * 32, "name": "router", "type": "ApplianceVm", "hostUuid": "b" * 32},
        {"uuid": "5" * 32, "name": "host-1", "type": "UserVm", "hostUuid": "b" * 32},
    ],
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("host:host-1", "lb-host-1"),
        ("host-3", "lb-host-3"),
        ("internet", "lb-internet"),
        ("1" * 32, "lb-h1-vm-111111111111"),
        ("vm:" + "2" * 32, "lb-h2-vm-222222222222"),
        ("router", "lb-h2-vr-444444444444"),
        ("vrouter:router", "lb-h2-vr-444444444444"),
        ("vm:host-1", "lb-h2-vm-555555555555"),
    ],
)
def test_names(name: str, expected: str) -> None:
    assert where.namespace(LAB, KNOWN, name) == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("web", ["1" * 32, "2" * 32]),
        ("host-1", ["a" * 32, "5" * 32]),
        ("vm:asleep", ["start it first"]),
        ("vrouter:web", ["nothing"]),
    ],
)
def test_names_that_mean_no_one_namespace(name: str, words: list[str]) -> None:
    with pytest.raises(ApiError) as raised:
        where.namespace(LAB, KNOWN, name)
    assert all(word in raised.value.details for word in words)


def test_a_lab_owns_its_namespaces_only() -> None:
    assert all(map(LAB.owns, ["lb-switch", "lb-internet", "lb-host-12", "lb-h2-vm-0", "lb-h10-vr-0"]))
    assert not any(map(LAB.owns, ["lb-vm-0123", "lb-vr-0123", "lbx-switch", "lb-host-1-x", "lb-h2-other"]))


def test_addresses_do_not_meet() -> None:
    assert str(LAB.management) == "172.31.7.0/24"
    taken = [LAB.server_address, *(str(host.management_address) for host in LAB.members)]
    assert len(set(taken)) == len(taken)


@pytest.mark.parametrize(("prefix", "hosts", "mtu"), [("", 3, 1600), ("Lb", 3, 1600), ("toolong", 3, 1600),
                                                     ("lb", 0, 1600), ("lb", 65, 1600), ("lb", 3, 1500)])  # fmt: skip
def test_what_cannot_be_a_lab(prefix: str, hosts: int, mtu: int) -> None:
    with pytest.raises(ApiError, match=r"SYS\.1007"):
        check(prefix, hosts, mtu)
