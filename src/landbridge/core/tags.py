"""System tags that say something per network: `staticIp::<l3 uuid>::<address>` and their like."""

from collections.abc import Collection, Iterable, Mapping

from landbridge.model.errors import argerr


def by_network(tags: Iterable[str], name: str, networks: Collection[str]) -> Mapping[str, str]:
    """Values of the tags `<name>::<l3 uuid>::<value>`, by network.

    Raises: SYS.1007 for another form, and for a network that is not among `networks`.
    """
    found: dict[str, str] = {}
    for tag in tags:
        if not tag.startswith(f"{name}::"):
            continue
        _, l3_uuid, value = [*tag.split("::", 2), "", ""][:3]
        if not value:
            raise argerr(f"system tag[{tag}] is not of the form {name}::<l3NetworkUuid>::<value>")
        if l3_uuid not in networks:
            raise argerr(f"system tag[{tag}] names a network that no NIC will be on: one of {sorted(networks)}")
        found[l3_uuid] = value
    return found
