"""Actions that attach network services (DHCP, SNAT, ...) to L3 networks, and list who provides them."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from landbridge.core.api import P, Request, action, query
from landbridge.core.ipam import named
from landbridge.core.service import Context, Outcome
from landbridge.core.view import View
from landbridge.model.documents.l3 import (
    L3_NETWORK,
    SERVICE_PROVIDER,
    SERVICE_REF,
    L3Network,
    NetworkServiceRef,
    ServiceProvider,
)
from landbridge.model.errors import argerr, notfound, operr
from landbridge.services.l3 import dhcp
from landbridge.services.l3.providers import SNAT

_SERVICE = "org.zstack.header.network.service"
_ROUTERS = ("vrouter", "VirtualRouter")


class AttachNetworkServiceToL3Network(Request, kw_only=True):
    """Attach network services to an L3 network."""

    l3_network_uuid: Annotated[str, P(help="the network", ref="L3NetworkVO")]
    network_services: Annotated[
        dict[str, Any], P(help="provider uuid (or type, e.g. Flat) -> list of service types, e.g. [DHCP]")
    ]


class DetachNetworkServiceFromL3Network(Request, kw_only=True):
    """Take network services from an L3 network."""

    l3_network_uuid: Annotated[str, P(help="the network", ref="L3NetworkVO")]
    network_services: Annotated[dict[str, Any] | None, P(help="provider uuid or type -> list of service types")] = (
        None
    )
    service: Annotated[str | None, P(help="or one service type, whoever provides it")] = None


class GetNetworkServiceTypes(Request, kw_only=True):
    """Service types, and the provider types that have each."""


def attach(ctx: Context, req: AttachNetworkServiceToL3Network) -> Outcome:
    """SYS.1003 no such provider, SYS.1007 it has no such service, SYS.1006 attached already."""
    tx = ctx.tx
    l3 = tx.need(L3Network, req.l3_network_uuid)
    for provider, services in _by_provider(tx, req.network_services):
        for service in services:
            if service not in provider.network_service_types:
                raise argerr(
                    f"provider[uuid:{provider.uuid}, type:{provider.type}] has no network service[{service}]; "
                    f"it has {', '.join(provider.network_service_types)}"
                )
            if tx.first(NetworkServiceRef, l3_network_uuid=l3.uuid, network_service_type=service) is not None:
                raise operr(f"network service[{service}] is attached to {named(l3)} already: detach it first")
            tx.put(
                NetworkServiceRef(
                    uuid=tx.new_uuid(),
                    l3_network_uuid=l3.uuid,
                    network_service_provider_uuid=provider.uuid,
                    network_service_type=service,
                )
            )
    _check_snat(tx, l3)
    dhcp.settle(tx, l3)
    return Outcome(inventory=(L3_NETWORK, l3.uuid))


def detach(ctx: Context, req: DetachNetworkServiceFromL3Network) -> Outcome:
    """Services that are not attached are fine; what needs SNAT cannot stay without it (SYS.1007)."""
    tx = ctx.tx
    l3 = tx.need(L3Network, req.l3_network_uuid)
    if not req.network_services and not req.service:
        raise argerr("networkServices or service must say what to detach")
    listed = _by_provider(tx, req.network_services or {})
    wanted = {(provider.uuid, service) for provider, services in listed for service in services}
    for ref in tx.find(NetworkServiceRef, l3_network_uuid=l3.uuid):
        named = (ref.network_service_provider_uuid, ref.network_service_type) in wanted
        if named or ref.network_service_type == req.service:
            tx.delete(ref)
    _check_snat(tx, l3)
    dhcp.settle(tx, l3)
    return Outcome(inventory=(L3_NETWORK, l3.uuid))


def get_types(ctx: Context, req: GetNetworkServiceTypes) -> Outcome:
    """From the providers there are."""
    types: dict[str, list[str]] = {}
    for provider in ctx.tx.find(ServiceProvider):
        for service in provider.network_service_types:
            types.setdefault(service, []).append(provider.type)
    return Outcome(body={"types": types})


def _by_provider(view: View, services: Mapping[str, Any]) -> Iterable[tuple[ServiceProvider, list[str]]]:
    for name, value in services.items():
        provider = view.get(ServiceProvider, name) or view.first(ServiceProvider, type=name)
        if provider is None:
            raise notfound("networkServices", name, "NetworkServiceProviderVO")
        if isinstance(value, str):  # a query string has one value per key
            yield provider, value.split(",")
        elif isinstance(value, list) and all(isinstance(one, str) for one in value):
            yield provider, list(dict.fromkeys(value))
        else:
            raise argerr(f"networkServices[{name}] must be a list of service types")


def _check_snat(view: View, l3: L3Network) -> None:
    """The router translates for floating addresses with the same rules, so they need its SNAT."""
    refs = view.find(NetworkServiceRef, l3_network_uuid=l3.uuid)
    routers = {p.uuid for p in view.find(ServiceProvider, type=_ROUTERS)}
    on_router = {ref.network_service_type for ref in refs if ref.network_service_provider_uuid in routers}
    for service in (one.type for each in view.services for one in each.network_services if one.needs_snat):
        if service in on_router and SNAT not in on_router:
            raise argerr(f"network service[{service}] of {named(l3)} needs SNAT from a router provider: attach both")


ACTIONS = (
    action(
        "AttachNetworkServiceToL3Network",
        "POST",
        "/l3-networks/{l3NetworkUuid}/network-services",
        attach,
        AttachNetworkServiceToL3Network,
        message=f"{_SERVICE}.APIAttachNetworkServiceToL3NetworkMsg",
        kind=L3_NETWORK,
    ),
    action(
        "DetachNetworkServiceFromL3Network",
        "DELETE",
        "/l3-networks/{l3NetworkUuid}/network-services",
        detach,
        DetachNetworkServiceFromL3Network,
        message=f"{_SERVICE}.APIDetachNetworkServiceFromL3NetworkMsg",
        kind=L3_NETWORK,
    ),
    action(
        "GetNetworkServiceTypes",
        "GET",
        "/network-services/types",
        get_types,
        GetNetworkServiceTypes,
        message=f"{_SERVICE}.APIGetNetworkServiceTypesMsg",
        mode="sync",
        result="body",
        fields=(("types", "object"),),
    ),
    query(
        "QueryNetworkServiceProvider",
        "/network-services/providers",
        SERVICE_PROVIDER,
        message=f"{_SERVICE}.APIQueryNetworkServiceProviderMsg",
        help="Find who provides network services.",
    ),
    query(
        "QueryNetworkServiceL3NetworkRef",
        "/l3-networks/network-services/refs",
        SERVICE_REF,
        message=f"{_SERVICE}.APIQueryNetworkServiceL3NetworkRefMsg",
        help="Find which services are attached to which networks.",
        by_uuid=False,
    ),
)
