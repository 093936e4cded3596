"""What a vrouter does with a packet, stage by stage: data from which its nftables chains and its page are made.

A rule is nftables' text and what it is for.  Whatever depends on the configuration is an element of a set or map
(`@name`), so the rules never change with it; a stage of which each packet would pay and few vrouters have a use is
there only with those elements.  `${name}` is a constant of another layer, put in by
`render.router_nft`.  Exact matches come before whole addresses: a port of a VIP before the VIP.
"""

from dataclasses import dataclass
from typing import NamedTuple


class Rule(NamedTuple):
    """One statement, and why it is there."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A chain.

    base        type, hook and priority, and what becomes of what no rule decides; "": others lead to it
    only_with   the map without whose elements there is nothing for it to do, and no such chain
    """

    name: str
    about: str
    rules: tuple[Rule, ...]
    base: str = ""
    only_with: str = ""


_WITH_PORTS = "meta l4proto { tcp, udp }"
_DESTINATION = "ip daddr . meta l4proto . th dport"

STAGES: tuple[Stage, ...] = (
    Stage(
        "untracked",
        "Every packet that arrives, before connection tracking.",
        (Rule("meta l4proto 253 notrack", "signalling of distributed routing is nothing to track"),),
        "type filter hook prerouting priority raw; policy accept;",
    ),
    Stage(
        "answers",
        "Every packet that arrives, before it is routed: does it answer?",
        (
            Rule("ct state new ct mark set iifname map @leg_marks", "by which of several public networks it came"),
            Rule(
                "ct mark != 0 ct direction reply meta mark set ct mark",
                "an answer leaves by the network that the request came in by",
            ),
        ),
        "type filter hook prerouting priority mangle; policy accept;",
        "leg_marks",
    ),
    Stage(
        "balance_datagrams",
        "The first packet of a flow to a UDP listener: it draws a server.",
        (
            Rule("ip daddr . udp dport . ip saddr @datagrams_denied return", "not for this client"),
            Rule(
                "ip daddr . udp dport @datagrams_closed ip daddr . udp dport . ip saddr != @datagrams_allowed return",
                "not for everybody, nor for this client",
            ),
            Rule("meta mark set numgen random mod ${slots}", "any slot"),
            Rule(
                "ip daddr . udp dport @datagrams_by_source meta mark set jhash ip saddr mod ${slots} seed ${seed}",
                "always the same slot for a client",
            ),
            Rule("dnat ip to ip daddr . udp dport . meta mark map @datagrams", "the server whose slot it is"),
        ),
    ),
    Stage(
        "translate_ports",
        "The first packet of a connection to an address of whose ports some lead somewhere.",
        (
            Rule(f"{_WITH_PORTS} dnat ip to {_DESTINATION} map @forwards", "a forwarded port, to a port"),
            Rule(f"{_DESTINATION} @open_ports accept", "a listener of the vrouter's own, so no other port's"),
            Rule(
                f"{_WITH_PORTS} dnat ip to {_DESTINATION} map @forward_ranges",
                "forwarded ports that stay what they are",
            ),
            Rule(
                f"{_WITH_PORTS} dnat ip to {_DESTINATION} . ip saddr map @closed_forwards",
                "the same, for some clients only",
            ),
            Rule(
                f"dnat ip to {_DESTINATION} . ip saddr map @closed_forward_ranges", "the same, for some clients only"
            ),
            Rule("meta l4proto udp goto balance_datagrams", "a UDP listener"),
        ),
    ),
    Stage(
        "translate_destinations",
        "The first packet of each connection: whom it is for.",
        (
            Rule("ip daddr vmap @ports", "some of its ports lead somewhere"),
            Rule("dnat ip to ip daddr map @eips", "an EIP is its machine, whatever the port"),
        ),
        "type nat hook prerouting priority dstnat; policy accept;",
    ),
    Stage(
        "input",
        "What is for the vrouter itself.",
        (
            Rule("ct state established,related accept", "answers"),
            Rule("ip daddr . meta l4proto . th dport @open_ports accept", "listeners, IKE, WireGuard"),
            Rule(
                "meta l4proto 253 iifname @guest_legs update @said "
                "{ ip saddr limit rate ${rate}/second burst ${burst} packets } accept",
                "signalling, from inside only, and of nobody more than anybody says",
            ),
            Rule("meta l4proto 253 counter drop", "all other of it, counted"),
            Rule('iifname "lo" accept', "its own processes"),
            Rule("iifname @guest_legs accept", "VMs may ask their gateway (DNS, ping)"),
            Rule("icmp type echo-request accept", "ping"),
            Rule("ip daddr @ipsec_vips meta l4proto esp accept", "ESP"),
        ),
        "type filter hook input priority filter; policy drop;",
    ),
    Stage(
        "forward",
        "What goes through.",
        (
            Rule(
                "ct state vmap @settled", "connections that were let through, where nothing is asked of each packet"
            ),
            Rule(
                "ip saddr . ip daddr @ipsec_pairs oifname != ${ipsec_devices} drop",
                "what belongs into an IPsec tunnel goes through it or nowhere",
            ),
            Rule("ip daddr . ip saddr @ipsec_pairs iifname != ${ipsec_devices} drop", "in either direction"),
            Rule(
                "iifname ${ipsec_devices} tcp flags syn / syn,rst tcp option maxseg size set ${mss}",
                "TCP fits into the tunnel",
            ),
            Rule(
                "oifname ${ipsec_devices} tcp flags syn / syn,rst tcp option maxseg size set ${mss}",
                "in either direction",
            ),
            Rule("ct state established,related accept", "connections that were let through"),
            Rule("meta l4proto 253 iifname != @guest_legs drop", "signalling never leaves the VPC"),
            Rule("meta l4proto 253 oifname != @guest_legs drop", "nor comes into it"),
            Rule("iifname @guest_legs oifname @guest_legs accept", "between subnets"),
            Rule("iifname @guest_legs oifname @public_legs accept", "to the outside"),
            Rule(
                "iifname @guest_legs oifname ${ipsec_devices} ip saddr . ip daddr @ipsec_pairs accept",
                "to the other site of an IPsec connection",
            ),
            Rule(
                "iifname ${ipsec_devices} oifname @guest_legs ip daddr . ip saddr @ipsec_pairs accept",
                "and from it",
            ),
            Rule("ct status dnat oifname @guest_legs accept", "from outside, to what a VIP stands for"),
            Rule(
                "iifname @public_legs ip saddr @joined fib saddr . iif oif exists oifname @guest_legs accept",
                "from networks that a route leads to, by that way",
            ),
            Rule("iifname . ip daddr @tunnels oifname @guest_legs accept", "from a WireGuard tunnel to its subnets"),
            Rule("iifname @guest_legs oifname . ip saddr @tunnels accept", "and from them into it"),
        ),
        "type filter hook forward priority filter; policy drop;",
    ),
    Stage(
        "untracked_own",
        "What the vrouter itself sends, before connection tracking.",
        (
            Rule("meta l4proto 253 oifname != @guest_legs drop", "signalling never leaves the VPC"),
            Rule("meta l4proto 253 notrack", "and is nothing to track"),
        ),
        "type filter hook output priority raw; policy accept;",
    ),
    Stage(
        "own_answers",
        "What the vrouter itself sends, before it is routed.",
        (
            Rule("ct mark != 0 ct direction reply meta mark set ct mark accept", "answers, as above"),
            Rule(
                "ct direction original meta mark set ip saddr map @own_marks",
                "what has an address of one of several public networks leaves by that one",
            ),
        ),
        "type route hook output priority mangle; policy accept;",
        "leg_marks",
    ),
    Stage(
        "hairpin",
        "A VM goes to a VIP that stands for a VM: the answer has to come back through the vrouter.",
        (
            Rule("snat ip to ip saddr map @eip_of", "seen as its own EIP, if it has one"),
            Rule("masquerade", "else as the gateway"),
        ),
    ),
    Stage(
        "translate_sources",
        "The first packet of each connection, on its way out: as whom it goes.",
        (
            Rule(
                "meta l4proto udp fib saddr type local snat ip to udp sport map @tunnel_sources",
                "a WireGuard tunnel comes from its VIP",
            ),
            Rule("ip daddr 224.0.0.0/4 return", "multicast stays as it is"),
            Rule("ct status dnat iifname @guest_legs oifname @guest_legs goto hairpin", "from inside, by a VIP"),
            Rule("oifname @guest_legs accept", "to a subnet: as who it is"),
            Rule("snat ip to ip saddr . oifname map @eip_sources", "a machine with an EIP"),
            Rule("snat ip to ip saddr . oifname map @source_nat", "everybody else in a subnet with SNAT"),
        ),
        "type nat hook postrouting priority srcnat; policy accept;",
    ),
)
"""In the order in which nftables must know the chains, which is about that in which a packet meets them."""
