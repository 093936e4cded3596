"""Who implements which network service: providers, what each has, and its rules."""

from collections.abc import Mapping

from landbridge.core.view import Tx, View
from landbridge.model.documents.l3 import NetworkServiceRef, ServiceProvider

DHCP, SNAT, DNS, CENTRALIZED_DNS = "DHCP", "SNAT", "DNS", "CentralizedDNS"

PROVIDERS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "vrouter": (
        "5e3c7fd2b1a64c0f8b7a9d3e61f4c201",
        "VPC vrouter: services in the vrouter that a subnet is attached to",
        ("VRouterRoute", SNAT, DNS, CENTRALIZED_DNS),
    ),
    "VirtualRouter": (
        "8d1f0a6c27b94e53a4c8e2b70d95f302",
        "Classic virtual router",
        (DHCP, DNS, SNAT),
    ),
    "Flat": (
        "c47b92e05d3f4a18b6d1f80a2e7c5403",
        "Distributed: every host serves its own VMs",
        (DHCP, "Userdata", "HostRoute"),
    ),
    "SecurityGroup": (
        "2a96d8f41c0e4b7795e3a0c7b8d16504",
        "Filters at the VMs' ports",
        ("SecurityGroup",),
    ),
}
"""Provider type -> uuid (fixed: the same in every cloud), description, service types besides those of services."""


def seed_providers(tx: Tx) -> None:
    """Write the table, with what services say of themselves."""
    declared = [one for service in tx.services for one in service.network_services]
    for type_, (uuid, description, always) in PROVIDERS.items():
        services = (*always, *(one.type for one in declared if type_ in one.providers))
        provider = ServiceProvider(
            uuid=uuid,
            name=type_,
            type=type_,
            description=description,
            network_service_types=services,
        )
        stored = tx.get(ServiceProvider, uuid)
        if stored is None or stored.network_service_types != services:
            tx.put(provider)


def has_service(view: View, l3_uuid: str, service: str) -> bool:
    """Whether a network service is attached to an L3 network."""
    return view.first(NetworkServiceRef, l3_network_uuid=l3_uuid, network_service_type=service) is not None
