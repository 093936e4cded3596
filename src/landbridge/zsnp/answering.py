"""The destination's side: where a local machine is, and that the tunnel reaches it.  It keeps no state of others."""

from collections.abc import Callable

from landbridge.zsnp import lease
from landbridge.zsnp.facts import HostFacts, Network
from landbridge.zsnp.frames import BURST, RATE, Frame
from landbridge.zsnp.gate import Writer
from landbridge.zsnp.messages import Answer, Message, Moved, Probe, ProbeAck, Query, Refusal, Refused
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.outputs import Output, RouterMac, Tell
from landbridge.zsnp.wire import Envelope


class Answering:
    """`out` takes what is to be sent."""

    def __init__(self, out: Callable[[Output], None], writer: Writer) -> None:
        self.facts = HostFacts(mac="")
        self._out = out
        self._writer = writer
        self._buckets: dict[int, tuple[float, int]] = {}
        """By vrouter: what may be answered at once, and when that was so.  Who has one's key uses up no other's."""

    def asked(
        self, at: Moment, net_id: int, carrier: tuple[Frame, int], envelope: Envelope, question: Query | Probe
    ) -> str | None:
        """A question about the machine that its frame (with the packet's size) is for; why it is not answered."""
        frame, size = carrier
        network = self.facts.networks.get(net_id)
        if network is None or not lease.in_pool(self.facts, network.port, question.vtep):
            return "not in the pool"
        if not self._may_answer(envelope.router, at.mono):
            return "too many"
        if isinstance(question, Query):
            answer: Message = self._place(network, frame.destination, question)
        elif question.net_id != net_id or (net_id, frame.destination) not in self.facts.ports:
            return "not here"
        else:
            # Before the answer: with it, short packets come that stand for the router.
            self._out(RouterMac(net_id, question.router_mac))
            answer = ProbeAck(frame.destination, size)
        key = self.facts.routers[envelope.router, net_id][0]
        between = network.vtep, question.vtep
        payload = self._writer.write(at, answer, (envelope.router, key), envelope.nonce, between)
        self._out(Tell(*between, payload))
        return None

    def strayed(self, at: Moment, net_id: int, ip: str, sender: str) -> str | None:
        """A short-cut packet came from the VTEP `sender` for a machine that has moved away; why it is not told."""
        network = self.facts.networks.get(net_id)
        if network is None or not lease.in_pool(self.facts, network.port, sender):
            return "not in the pool"
        if (net_id, ip) in self.facts.ports:
            return None
        between, why = (network.vtep, sender), None
        # Whose shortcut it is does not stand on it; in a network there is one vrouter as a rule.
        for (router, where), keys in self.facts.routers.items():
            if where != net_id:
                continue
            if not self._may_answer(router, at.mono):
                why = "too many"
                continue
            payload = self._writer.write(at, Moved(ip, net_id), (router, keys[0]), 0, between)
            self._out(Tell(*between, payload))
        return why

    def _place(self, network: Network, ip: str, query: Query) -> Answer | Refused:
        port = self.facts.ports.get((network.net_id, ip))
        if query.net_id != network.net_id:
            return Refused(ip, Refusal.NETWORK)
        if port is None:
            return Refused(ip, Refusal.ABSENT)
        if port.shared:
            return Refused(ip, Refusal.SHARED)
        return Answer(ip, port.mac, network.vtep, network.net_id, network.vni, network.mtu, port.generation)

    def _may_answer(self, router: int, now: int) -> bool:
        tokens, filled = self._buckets.get(router, (BURST, now))
        tokens = min(BURST, tokens + (now - filled) * RATE / 1000)
        self._buckets[router] = max(0.0, tokens - 1) if tokens >= 1 else tokens, now
        return tokens >= 1
