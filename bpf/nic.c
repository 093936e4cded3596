// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * The two hooks of every VM and vrouter interface, on its host side:
 *
 *   from_vm  tc ingress: what the machine sends, before the bridge sees it
 *   to_vm    tc egress:  what the bridge delivers to the machine
 *
 * one of overlay networks, from_overlay, and two of VLANs, from_wire and to_wire.
 *
 * A port without an entry in `ports`, or on standby, passes nothing.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "lib/connections.h"
#include "lib/count.h"
#include "lib/drops.h"
#include "lib/filter.h"
#include "lib/gateway.h"
#include "lib/guard.h"
#include "lib/limit.h"
#include "lib/maps.h"
#include "lib/packet.h"
#include "lib/relay.h"
#include "lib/shortcut.h"
#include "lib/signal.h"
#include "lib/vlan.h"

/* What no machine may send, whatever it is allowed otherwise; 0 or the reason. */
inline_always int refuse_sent(const struct port *port, const struct packet *p)
{
	if (p->protocol == PROTO_SIGNALLING)
		return port->flags & PORT_ROUTER ? 0 : DROP_SIGNALLING;
	if (p->protocol != PROTO_UDP || p->fragment == LATER_FRAGMENT)
		return 0;
	if (p->family == 4 && p->destination_port == bpf_htons(PORT_DHCP_SERVER))
		return DROP_DHCP_REQUEST;
	if (p->source_port == bpf_htons(p->family == 4 ? PORT_DHCP_SERVER : PORT_DHCP6_SERVER))
		return DROP_DHCP_REPLY;
	return 0;
}

inline_always int refuse_sender(struct __sk_buff *skb, const struct port *port, const struct packet *p)
{
	if (port->flags & PORT_ROUTER)
		return same_mac(p->source_mac, port->mac) ? 0 : DROP_SOURCE_MAC;
	if (port->flags & PORT_GUARDED)
		return guard(skb, port, p);
	return is_reserved_mac(p->source_mac) ? DROP_RESERVED_MAC : 0;
}

/* A frame of the machine behind a port: 0, or the reason to drop it. */
inline_always int check_sent(struct __sk_buff *skb, const struct port *port, struct packet *p, struct verdict *verdict)
{
	int reason;

	if (is_tagged(skb))
		return DROP_TAGGED;
	reason = parse(skb, p);
	if (!reason)
		reason = refuse_sent(port, p);
	if (!reason)
		reason = refuse_sender(skb, port, p);
	if (!reason && p->family && port->flags & PORT_FILTERED)
		reason = filter(skb, port, p, 1, verdict);
	if (!reason && port->flags & PORT_LIMITED)
		reason = police(skb, port, 1);
	return reason;
}

/* A frame for it. */
inline_always int check_received(struct __sk_buff *skb, const struct port *port, struct packet *p,
				 struct verdict *verdict)
{
	int reason;

	/* Of a VLAN that is no network of ours: a bridge over its interface passes it on as it is. */
	if (is_tagged(skb))
		return DROP_TAGGED;
	reason = parse(skb, p);
	if (reason)
		return reason;
	if (!is_for(port, p))
		return DROP_OTHER_MAC;
	if (p->protocol == PROTO_SIGNALLING)
		return port->flags & PORT_ROUTER ? 0 : DROP_SIGNALLING;
	if (p->family && port->flags & PORT_FILTERED)
		reason = filter(skb, port, p, 0, verdict);
	if (!reason && port->flags & PORT_LIMITED)
		reason = police(skb, port, 0);
	return reason;
}

/* The entry of a port that is open. */
inline_always struct port *find_port(__u32 ifindex)
{
	struct port *port = bpf_map_lookup_elem(&ports, &ifindex);

	return port && !(port->flags & PORT_STANDBY) ? port : 0;
}

SEC("tc")
int from_vm(struct __sk_buff *skb)
{
	struct port *port = find_port(skb->ifindex);
	struct verdict verdict = {};
	struct packet p = {};
	int reason = port ? check_sent(skb, port, &p, &verdict) : DROP_UNKNOWN_PORT;

	if (!port || reason)
		return drop(skb, reason, verdict.rule, 1);
	if (verdict.judged)
		count_accepted(skb, verdict.rule);
	count_sent(skb, port);
	if (is_question(port, &p))
		return stand_in(skb, port, &p);
	return take_shortcut(skb, port, &p);
}

SEC("tc")
int to_vm(struct __sk_buff *skb)
{
	struct port *port = find_port(skb->ifindex);
	struct verdict verdict = {};
	struct packet p = {};
	int reason = port ? check_received(skb, port, &p, &verdict) : DROP_UNKNOWN_PORT;

	if (port && reason == DROP_SIGNALLING && hand_over(skb, port, &p))
		return TC_ACT_SHOT;
	if (!port || reason)
		return drop(skb, reason, verdict.rule, 0);
	if (verdict.judged)
		count_accepted(skb, verdict.rule);
	count_received(skb, port);
	if ((is_shortcut_mac(p.source_mac) || is_relay_mac(p.source_mac)) && !(port->flags & PORT_ROUTER))
		restore_router(skb, port);
	return TC_ACT_OK;
}

/* At the ingress of VXLAN devices of networks from which a machine has moved away. */
SEC("tc")
int from_overlay(struct __sk_buff *skb)
{
	struct packet p = {};

	if (parse(skb, &p) || !is_shortcut_mac(p.source_mac))
		return TC_ACT_OK;
	return relay_stray(skb, &p);
}

/* At the ingress of physical interfaces on which VLANs of ours are. */
SEC("tc")
int from_wire(struct __sk_buff *skb)
{
	return take_from_wire(skb);
}

/* At the egress of a VLAN's device. */
SEC("tc")
int to_wire(struct __sk_buff *skb)
{
	return give_to_wire(skb);
}

char _license[] SEC("license") = "GPL";
