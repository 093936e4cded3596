"""The Wireshark dissector (packaging/wireshark/zsnp.lua): tshark shows of every message what it says."""

import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN

from landbridge.testing.zsnp_world import KEY
from landbridge.zsnp import frames, pcap, wire, words
from landbridge.zsnp.frames import Frame
from landbridge.zsnp.gate import Writer
from landbridge.zsnp.messages import (
    TARGET,
    Answer,
    Hint,
    Ingress,
    Message,
    Moved,
    Probe,
    ProbeAck,
    Query,
    Refusal,
    Refused,
    Renew,
    RenewAck,
    Revoke,
    RevokeAck,
    Target,
    Use,
)
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.wire import Envelope
from tests.unit.zsnp.every_message import EVERY

pytestmark = pytest.mark.netns

LUA = Path(__file__).parents[2] / "packaging" / "wireshark" / "zsnp.lua"
AT = Moment(1_000, 1_800_000_000_123)
BETWEEN = ("10.10.1.5", "10.10.2.1")
NONCE = 0xABCDEF
MUTATED = 300


class Shown(dict[str, list[str]]):
    """The values of each `zsnp.…` field of a frame, in order; `garbled`: what Wireshark complains of."""

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(self.get(f"zsnp.{name}", ()))

    def text(self, name: str) -> str:
        [one] = self.texts(name)
        return one

    def number(self, name: str) -> int:
        return int(self.text(name), 0)

    def rows(self, group: str, *names: str) -> list[tuple[str, ...]]:
        columns = [self.texts(f"{group}.{name}") for name in names]
        return list(zip(*columns, strict=True))


def payload(message: Message) -> bytes:
    return Writer(AT.wall).write(AT, message, (7, KEY), NONCE, BETWEEN)


def framed(content: bytes, size: int = 0) -> bytes:
    return frames.build(Frame("fa:00:00:00:00:09", "0e:52:00:00:00:0a", *BETWEEN, content), size)


def tshark(directory: Path, written: list[bytes], *arguments: str) -> str:
    file = directory / "written.pcap"
    file.write_bytes(pcap.head() + b"".join(pcap.packet(AT.wall * 10**6 + n, one) for n, one in enumerate(written)))
    argv = ["tshark", "-X", f"lua_script:{LUA}", "-r", str(file), *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60)
    assert "Lua" not in done.stdout + done.stderr, done.stderr
    return done.stdout


def dissected(directory: Path, *written: bytes, more: tuple[str, ...] = ()) -> list[Shown]:
    packets = json.loads(tshark(directory, list(written), "-T", "json", "--no-duplicate-keys", *more))
    shown = [Shown() for _ in packets]
    for packet, found in zip(packets, shown, strict=True):
        collect(packet["_source"]["layers"], found)
    return shown


def collect(tree: dict[str, Any], found: Shown) -> None:
    """Flatten what tshark nests."""
    for name, value in tree.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                collect(one, found)
            elif name.startswith("zsnp."):
                found.setdefault(name, []).append(one)
            elif name == "_ws.expert.message":
                found.setdefault("garbled", []).append(one)


def meant(shown: Shown) -> Message:
    """The message that Wireshark shows."""
    n, t = shown.number, shown.text
    match n("type"):
        case 1:
            ingress = Ingress(n("ingress.network"), t("ingress.prefix"), t("ingress.router_mac"))
            rows = shown.rows("target", "address", "mac", "network", "vni", "port", "router_mac")
            targets = tuple(
                Target(ip, mac, int(net), int(vni), int(port), own) for ip, mac, net, vni, port, own in rows
            )
            return Hint(n("epoch"), n("lease"), ingress, targets)
        case 2:
            return Query(n("epoch"), n("network"), t("vtep"))
        case 3 if "zsnp.refusal.reason" in shown:
            return Refused(t("refusal.address"), Refusal(n("refusal.reason")))
        case 3:
            address, mac, vtep = (t(f"place.{name}") for name in ("address", "mac", "vtep"))
            return Answer(
                address, mac, vtep, *(n(f"place.{name}") for name in ("network", "vni", "mtu", "generation"))
            )
        case 4:
            return Probe(n("network"), t("vtep"), t("router_mac"))
        case 5:
            return ProbeAck(t("address"), n("size"))
        case 6:
            uses = shown.rows("use", "address", "packets", "bytes")
            return Renew(n("epoch"), n("network"), tuple(Use(ip, int(p), int(b)) for ip, p, b in uses))
        case 7:
            return RenewAck(n("epoch"), n("lease"), n("network"), shown.texts("address"))
        case 8:
            return Revoke(n("epoch"), shown.texts("address"))
        case 9:
            return RevokeAck(n("epoch"))
        case 10:
            return Moved(t("address"), n("network"))
        case other:
            raise AssertionError(f"type {other}")


def test_every_message_is_shown_as_it_is(tmp_path: Path) -> None:
    written = [payload(message) for message in EVERY]
    shown = dissected(tmp_path, *map(framed, written))
    assert [meant(one) for one in shown] == list(EVERY)
    for one, data in zip(shown, written, strict=True):
        envelope = wire.unpack(data)
        assert one.number("version") == wire.VERSION
        assert (one.number("key"), one.number("router"), one.number("nonce")) == (KEY.id, 7, NONCE)
        assert (one.number("sequence"), one.number("time")) == (envelope.sequence, AT.wall)
        assert one.number("length") == len(data)
        assert one.text("code").replace(":", "") == data[-16:].hex()
        assert one.texts("padding") == one.texts("unknown") == ()
        assert "garbled" not in one


def test_names(tmp_path: Path) -> None:
    """Columns, and the words for numbers."""
    written = [framed(payload(message)) for message in EVERY]
    fields = ("-T", "fields", "-e", "_ws.col.Protocol", "-e", "_ws.col.Info", "-e", "frame.time_epoch")
    lines = tshark(tmp_path, written, *fields).splitlines()
    assert [line.split("\t")[:2] for line in lines] == [
        ["ZSNP", f"{words.NAMES[type(message)]}, router 7"] for message in EVERY
    ]
    assert lines[1].split("\t")[2] == "1800000000.123000001"
    text = tshark(tmp_path, written, "-V")
    for reason in Refusal:
        assert f"Reason: {reason.name} ({reason.value})" in text


def test_inside_a_tunnel(tmp_path: Path) -> None:
    """As captured on the underlay; on a port of its own it has to be told."""
    probe = framed(payload(EVERY[7]), 200)
    for port, more in ((4789, ()), (8472, ("-d", "udp.port==8472,vxlan"))):
        tunnel = Ether() / IP(src="172.16.0.1", dst="172.16.0.2") / UDP(dport=port) / VXLAN(vni=1004)
        [shown] = dissected(tmp_path, bytes(tunnel / Ether(probe)), more=more)
        assert meant(shown) == EVERY[7]
        assert len(bytes.fromhex(shown.text("padding").replace(":", ""))) == 180 - shown.number("length")


def test_what_is_wrong_is_pointed_at(tmp_path: Path) -> None:
    good = payload(EVERY[0])

    def of(kind: int, *fields: tuple[int, bytes]) -> bytes:
        return wire.pack(Envelope(kind, 1, 7, 1, 1, AT.wall, fields), KEY.secret, *BETWEEN)

    cases = [
        (good[:4] + b"\x02" + good[5:], ["another version, or a length that is not the packet's"]),
        (good[:-20], ["another version, or a length that is not the packet's"]),
        (good[:6] + b"\x00\x41" + good[8:], ["a field is longer than the message"]),
        (of(1, (TARGET, bytes(20))), ["Target is short"]),
        (of(77, (200, b"later")), None),
    ]
    shown = dissected(tmp_path, *(framed(data) for data, _ in cases))
    for one, (_, why) in zip(shown, cases, strict=True):
        assert one.get("garbled") == why
    assert shown[-1].text("unknown") == b"later".hex(":")
    assert dissected(tmp_path, framed(b"no message at all" * 9)) == [{}]


def test_whatever_comes_is_dissected(tmp_path: Path) -> None:
    """Wireshark reports an error in a dissector as `Lua Error`."""
    seed = int(os.environ.get("LANDBRIDGE_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    written = []
    for _ in range(MUTATED):
        data = bytearray(payload(chance.choice(EVERY)))
        for _ in range(chance.randrange(4)):
            data[chance.randrange(5, len(data))] = chance.randrange(256)
        written.append(framed(bytes(data[: chance.choice((len(data), chance.randrange(len(data) + 1)))])))
    assert len(dissected(tmp_path, *written)) == MUTATED
