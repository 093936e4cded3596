"""The host's own tables, as text."""

from landbridge.render import firewall, net
from landbridge.render.kernel import Firewall
from landbridge.render.kernel_rules import FIREWALL_KEY
from landbridge.render.view import HostView
from tests.unit.render import objects as some


def test_every_overlay_is_closed_and_physical_networks_are_not() -> None:
    view = HostView("lb")
    view.update({("host:h", f"l2/{some.L2}"): some.network(5)[1]})
    view.update({("host:h", f"l2/{some.NETWORKS[1]}"): some.flat(6, some.NETWORKS[1])[1]})
    assert view.desired[FIREWALL_KEY] == Firewall((net.bridge_name(5),), ((8472, ()),))


def test_a_port_whose_vteps_are_not_known_is_heard_from_anywhere() -> None:
    """The list of ports that are dropped unless they come from a VTEP does not have it."""
    text = firewall.text(Firewall((), ((8472, ()), (4789, ("10.0.0.0/8",)))))
    assert "set tunnels { type inet_service; elements = { 8472, 4789 }; }" in text.split("table inet")[0]
    assert "set tunnels { type inet_service; elements = { 4789 }; }" in text.split("table inet landbridge {")[-1]


def test_signalling_is_heard_from_vteps_of_any_pool() -> None:
    """Of those that are known; a set takes no address twice."""
    text = firewall.text(Firewall((), ((4789, ("10.0.0.0/8", "192.0.2.0/24")), (8472, ("10.1.0.0/16",)), (8473, ()))))
    assert "set signallers { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.0.2.0/24 }; }" in text


def test_tables_of_another_version_are_not_taken_for_ours() -> None:
    assert firewall.parse("table bridge landbridge {\n}", "table inet landbridge {\n}") is None
