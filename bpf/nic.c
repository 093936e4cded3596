// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * The two hooks of every VM and vrouter interface, on its host side:
 *
 *   from_vm  tc ingress: what the machine sends, before the bridge sees it
 *   to_vm    tc egress:  what the bridge delivers to the machine
 *
 * A port without an entry in `ports` passes nothing.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "lib/drops.h"
#include "lib/maps.h"
#include "lib/packet.h"

inline_always int drop(struct port_stats *stats, __u32 reason)
{
	__u64 *total = bpf_map_lookup_elem(&drops, &reason);

	if (total)
		(*total)++;
	if (stats && reason < DROP_REASONS)
		stats->drops[reason]++;
	return TC_ACT_SHOT;
}

SEC("tc")
int from_vm(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	struct port *port = bpf_map_lookup_elem(&ports, &ifindex);
	struct port_stats *stats = bpf_map_lookup_elem(&port_stats, &ifindex);
	struct headers h;

	if (!port || !stats)
		return drop(stats, DROP_UNKNOWN_PORT);
	if (is_tagged(skb))
		return drop(stats, DROP_TAGGED);
	if (parse(skb, &h))
		return drop(stats, DROP_MALFORMED);
	if (h.ip && h.ip->protocol == IPPROTO_SIGNALLING)
		return drop(stats, DROP_SIGNALLING);
	if (h.udp && h.udp->dest == bpf_htons(PORT_DHCP_SERVER))
		return drop(stats, DROP_DHCP_REQUEST);
	if (h.udp && h.udp->source == bpf_htons(PORT_DHCP_SERVER))
		return drop(stats, DROP_DHCP_REPLY);
	stats->sent_packets++;
	stats->sent_bytes += skb->len;
	return TC_ACT_OK;
}

SEC("tc")
int to_vm(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	struct port *port = bpf_map_lookup_elem(&ports, &ifindex);
	struct port_stats *stats = bpf_map_lookup_elem(&port_stats, &ifindex);
	struct headers h;

	if (!port || !stats)
		return drop(stats, DROP_UNKNOWN_PORT);
	if (parse(skb, &h))
		return drop(stats, DROP_MALFORMED);
	if (!is_multicast(h.eth->h_dest) && !same_mac(h.eth->h_dest, port->mac))
		return drop(stats, DROP_OTHER_MAC);
	if (h.ip && h.ip->protocol == IPPROTO_SIGNALLING)
		return drop(stats, DROP_SIGNALLING);
	stats->received_packets++;
	stats->received_bytes += skb->len;
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
