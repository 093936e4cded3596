"""What IPsec connections come to: nftables' sets, charon's configuration; and what its log is read as."""

import pytest
from msgspec.structs import replace

from landbridge.model.questions.ipsec import IpsecPair
from landbridge.model.router_node import IpsecTunnel
from landbridge.render import ipsec, ipsec_log
from landbridge.render.router_nft import delta, router_table, whole
from landbridge.vrouter.ipsec import _state, changed_pairs

TUNNEL = IpsecTunnel(
    uuid="c" * 32,
    vip_ip="203.0.113.9",
    peer_ip="198.51.100.5",
    local_id="203.0.113.9",
    remote_id="198.51.100.5",
    psk="secret",
    generation=0,
    version="ike",
    ike_encryption="aes-256",
    ike_integrity="sha256",
    ike_group=2,
    ike_seconds=86400,
    esp_encryption="3des",
    esp_integrity="sha1",
    esp_group=None,
    esp_seconds=3600,
    local=("10.1.0.0/24", "10.2.0.0/24"),
    remote=("10.9.0.0/16",),
)
PAIR, OTHER_PAIR = "10.1.0.0/24=10.9.0.0/16", "10.2.0.0/24=10.9.0.0/16"


def test_table_elements() -> None:
    elements = router_table([TUNNEL]).elements
    assert {name: set(items) for name, items in elements.items() if items} == {
        "ipsec_vips": {"203.0.113.9"},
        "open_ports": {"203.0.113.9 . udp . 500", "203.0.113.9 . udp . 4500"},
        "ipsec_pairs": {"10.1.0.0/24 . 10.9.0.0/16", "10.2.0.0/24 . 10.9.0.0/16"},
    }


def test_a_subnet_more_is_one_element_more() -> None:
    one = router_table([replace(TUNNEL, local=("10.1.0.0/24",))])
    both = router_table([TUNNEL])
    assert delta(one, both) == ["add element inet landbridge ipsec_pairs { 10.2.0.0/24 . 10.9.0.0/16 }"]
    assert changed_pairs(one.elements, both.elements) == [("10.2.0.0/24", "10.9.0.0/16")]
    assert changed_pairs(both.elements, one.elements) == [("10.2.0.0/24", "10.9.0.0/16")]
    assert len(changed_pairs({}, both.elements)) == 2


def test_what_is_for_a_tunnel_is_judged_before_what_is_established() -> None:
    forward = whole(router_table([])).partition("chain forward {")[2].partition("}\nchain")[0]
    drops = [forward.index(f"@ipsec_pairs {where}ifname !=") for where in ("o", "i")]
    assert max(drops) < forward.index("ct state established")
    assert router_table([]).elements["settled"] != {}
    assert router_table([TUNNEL]).elements["settled"] == {}  # else what is established would not get as far


def test_connection() -> None:
    found = ipsec.connection(TUNNEL, kernel=False)
    assert (found["version"], found["proposals"]) == ("0", ["aes256-sha256-modp1024"])
    assert (found["rekey_time"], found["over_time"]) == ("77760s", "8640s")
    assert found["children"].keys() == {PAIR, OTHER_PAIR}
    child = found["children"][PAIR]
    assert (child["local_ts"], child["remote_ts"]) == (["10.1.0.0/24"], ["10.9.0.0/16"])
    assert (child["esp_proposals"], child["life_time"], child["rekey_time"]) == (["3des-sha1"], "3600s", "3240s")
    assert "if_id_in" not in child
    assert ipsec.connection(TUNNEL, kernel=True)["children"][PAIR]["if_id_in"] == "1"


def test_what_makes_it_another_connection() -> None:
    name = ipsec.connection_name(TUNNEL)
    assert ipsec.connection_name(replace(TUNNEL, local=("10.3.0.0/24",), remote=("10.7.0.0/24",))) == name
    for other in ({"psk": "new"}, {"generation": 1}, {"peer_ip": "198.51.100.6"}, {"esp_group": 14}):
        assert ipsec.connection_name(replace(TUNNEL, **other)) != name
    assert "secret" not in name


def test_the_daemon_encrypts_only_where_the_kernel_does_not() -> None:
    assert "kernel-libipsec" in ipsec.daemon_config(kernel=False)
    assert "kernel-libipsec" not in ipsec.daemon_config(kernel=True)


@pytest.mark.parametrize(
    ("line", "phase"),
    [
        ("received AUTHENTICATION_FAILED notify error", 1),
        ("tried 1 shared key for '203.0.113.9' - '198.51.100.5', but MAC mismatched", 1),
        ("received NO_PROPOSAL_CHOSEN notify error", 1),
        ("giving up after 3 retransmits", 1),
        ("received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built", 2),
        ("received TS_UNACCEPTABLE notify, no CHILD_SA built", 2),
        ("sending packet: from 203.0.113.9[4500] to 198.51.100.5[4500] (80 bytes)", None),
    ],
)
def test_reasons(line: str, phase: int | None) -> None:
    found = ipsec_log.reason([f"2026-11-29T02:26:30 08[IKE] <{'c' * 32}.01234567|1> {line}"])
    assert (found[0] if found else None) == phase


def test_the_last_reason_counts_and_everybody_has_their_own() -> None:
    lines = [
        "08[IKE] <a|1> received AUTHENTICATION_FAILED notify error",
        "08[IKE] <b|2> giving up after 3 retransmits",
        "08[IKE] <a|3> received TS_UNACCEPTABLE notify, no CHILD_SA built",
        "08[NET] received packet of nobody",
    ]
    said = ipsec_log.by_connection(lines)
    assert {name: len(own) for name, own in said.items()} == {"a": 2, "b": 1}
    assert [found[0] if (found := ipsec_log.reason(own)) else None for own in said.values()] == [2, 1]


def test_up_only_when_all_pairs_are() -> None:
    name = ipsec.connection_name(TUNNEL)
    child = {"name": PAIR, "state": "INSTALLED", "bytes-in": "10", "bytes-out": "20"}
    old = {**child, "state": "REKEYED", "bytes-in": "1", "bytes-out": "2"}
    sa = {"state": "ESTABLISHED", "uniqueid": "3", "established": "7", "child-sas": {"1": child, "2": old}}
    lines = [f"<{name}|1> received TS_UNACCEPTABLE notify, no CHILD_SA built"]
    state = _state(TUNNEL, {name: [sa]}, lines)
    assert (state.status, state.failed_phase, state.ike_state, state.established_seconds) == (
        "down", 2, "ESTABLISHED", 7,
    )  # fmt: skip
    assert state.pairs[0] == IpsecPair(
        local_cidr="10.1.0.0/24", remote_cidr="10.9.0.0/16", up=True, bytes_in=11, bytes_out=22
    )
    assert not state.pairs[1].up
    sa["child-sas"]["3"] = {**child, "name": OTHER_PAIR}  # type: ignore[index]
    state = _state(TUNNEL, {name: [sa]}, lines)
    assert (state.status, state.reason) == ("up", None)
    assert _state(TUNNEL, {}, []).ike_state is None
