"""Hosts that ZStack makes up and this cloud does not: every host has an agent and a kernel."""

from typing import Annotated

from landbridge.core.api import CreateRequest, P, unserved

_SIMULATED = (
    "nothing here pretends to be a host: `landbridge lab up` makes hosts on one machine that are network namespaces "
    "with agents of their own and carry real packets; a server becomes one with CreateHostJoinToken or AddKVMHost"
)


class AddSimulatorHost(CreateRequest, kw_only=True):
    """Make a host that is none."""

    name: Annotated[str, P(max=255)]
    management_ip: Annotated[str, P(nonempty=True)]
    cluster_uuid: str
    description: Annotated[str | None, P(max=2048)] = None
    memory_capacity: int = 1_000_000_000
    cpu_capacity: int = 1_000_000_000


ACTIONS = (
    unserved("AddSimulatorHost", "POST", "/hosts/simulators", AddSimulatorHost, _SIMULATED,
             message="org.zstack.header.simulator.APIAddSimulatorHostMsg", admin_only=True),
)  # fmt: skip
