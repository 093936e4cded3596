"""What a vrouter must have, from change to change: as if it had been rendered from nothing."""

from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from landbridge.model.node import AnyObject
from landbridge.model.router_node import (
    PortForward,
    RouterLeg,
    RouterRoute,
    SourceNat,
    StaticNat,
    StaticRoute,
    StaticRoutes,
    VipAddress,
)
from landbridge.render.router import router_state
from landbridge.render.router_nat import carried
from landbridge.render.router_nft import router_table
from landbridge.render.router_view import RouterView
from landbridge.vrouter.state import StateFile
from tests.unit.render.test_balancers import ONE
from tests.unit.render.test_router_routes import POLICY
from tests.unit.vrouter.test_render import GUEST, PUBLIC

_LISTENER = replace(ONE, protocol="udp")
_VALUES: dict[str, tuple[AnyObject, ...]] = {
    "leg/p": (PUBLIC, replace(PUBLIC, device_id=7), replace(PUBLIC, addresses=())),
    "leg/g": (GUEST,),
    "vip/1": (VipAddress(nic_uuid="p", ip="203.0.113.9"), VipAddress(nic_uuid="g", ip="203.0.113.9")),
    "eip/1": (
        StaticNat(vip_ip="203.0.113.9", guest_ip="10.1.0.2", out_nic_uuid="p"),
        StaticNat(vip_ip="203.0.113.9", guest_ip="10.1.0.3", out_nic_uuid="p"),
    ),
    "forward/1": (
        PortForward(vip_ip="203.0.113.9", protocol="TCP", first=80, last=81, guest_ip="10.1.0.2", guest_first=8080),
    ),
    "snat/1": (SourceNat(source="10.1.0.0/24", out_nic_uuid="p", to_ip="203.0.113.7"),),
    "leg/o": (
        replace(PUBLIC, nic_uuid="o", device_id=3, addresses=("172.31.0.5/24",), gateway="172.31.0.1"),
        replace(PUBLIC, nic_uuid="o", device_id=3, role="guest", addresses=("172.31.0.5/24",)),
    ),
    "routes/1": (
        StaticRoutes(routes=(StaticRoute("10.0.0.0/8", "172.31.0.9", 9), StaticRoute("10.2.0.0/16", None, 1))),
    ),
    "routes/2": (
        StaticRoutes(routes=(StaticRoute("10.3.0.0/16", "203.0.113.9", 9),)),
        StaticRoutes(
            routes=(StaticRoute("11.0.0.0/8", "203.0.113.9", 9), StaticRoute("10.4.0.0/16", "172.31.0.9", 9))
        ),
    ),
    "policies/1": (POLICY,),
    "route/1": (RouterRoute(destination="0.0.0.0/0", via="203.0.113.1", distance=0),),
    "lb/1": (_LISTENER, replace(_LISTENER, members=())),
    "lb/2": (replace(_LISTENER, listener_uuid="2" * 32, protocol="tcp"),),
    "lb/3": (replace(_LISTENER, listener_uuid="3" * 32, protocol="tcp"),),  # the same port as the one before
}
_STATES = st.lists(
    st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in _VALUES.items()}),
    min_size=1,
    max_size=5,
)


@given(_STATES)
def test_step_by_step_is_from_scratch(states: list[dict[str, AnyObject]]) -> None:
    view = RouterView()
    for objects in states:
        found = view.render(objects)
        assert found.state == router_state(objects)
        assert found.table == router_table(objects.values())
        assert found.carried == frozenset().union(*map(carried, objects.values()))


def test_the_state_file_keeps_what_has_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    file = StateFile(path)
    assert file.read() == {}
    objects: dict[str, AnyObject] = {key: values[0] for key, values in _VALUES.items()}
    path.write_bytes(msgspec.json.encode(objects))
    before = file.read()
    assert before == objects
    moved: RouterLeg = replace(PUBLIC, device_id=3)
    path.write_bytes(msgspec.json.encode({**objects, "leg/p": moved}))
    after = file.read()
    assert after == {**objects, "leg/p": moved}
    assert all(after[key] is before[key] for key in objects if key != "leg/p")
