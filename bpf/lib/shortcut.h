/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Shortcuts past the router.  A machine's packet to its router, for a destination that the agent has entered
 * here, goes straight to where the destination is, as the router would have sent it: other MACs, one hop less.
 * Whatever the router might want to answer or to look at closer is a miss, and goes to the router as ever.
 * The rule is also written down in landbridge.core.shortcut.
 */
#ifndef LANDBRIDGE_SHORTCUT_H
#define LANDBRIDGE_SHORTCUT_H

#include <linux/pkt_cls.h>

#include "count.h"
#include "guard.h"
#include "packet.h"
#include "shortcut_maps.h"

/* IPv4: time to live, protocol, checksum.  IPv6: the hop limit is the last byte before the addresses. */
#define IP4_TTL (sizeof(struct ethhdr) + 8)
#define IP6_HOP_LIMIT (sizeof(struct ethhdr) + 7)

/* The transport offset says it: no IPv4 options, no IPv6 extension headers (a fragment header is one). */
inline_always int is_plain(const struct packet *p)
{
	__u32 header = p->family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);

	return p->transport == sizeof(struct ethhdr) + header && p->fragment == WHOLE;
}

/* Whether the packet, or each into which the kernel will cut it, is small enough. */
inline_always int fits(struct __sk_buff *skb, const struct packet *p, const struct shortcut *shortcut)
{
	__u32 headers = p->transport - sizeof(struct ethhdr), no_other = 0;
	__u8 tcp_length;

	if (!skb->gso_size)
		return skb->len - sizeof(struct ethhdr) <= shortcut->mtu;
	if (p->protocol == PROTO_TCP) {
		if (bpf_skb_load_bytes(skb, p->transport + 12, &tcp_length, 1))
			return 0;
		return skb->gso_size + headers + (tcp_length >> 4) * 4 <= shortcut->mtu;
	}
	/* Maybe a tunnel, of which we do not know the headers inside: the kernel does. */
	return skb->gso_size + headers + 8 <= shortcut->mtu &&
	       !bpf_check_mtu(skb, shortcut->ifindex, &no_other, 0, BPF_MTU_CHK_SEGS);
}

/* One hop less; 0: done. */
inline_always int count_down(struct __sk_buff *skb, const struct packet *p)
{
	struct {
		__u8 ttl;
		__u8 protocol;
		__be16 checksum;
	} ip;
	__u8 hop_limit = p->hop_limit - 1;
	__u32 sum;

	if (p->family == 6)
		return bpf_skb_store_bytes(skb, IP6_HOP_LIMIT, &hop_limit, 1, BPF_F_RECOMPUTE_CSUM);
	if (bpf_skb_load_bytes(skb, IP4_TTL, &ip, sizeof(ip)))
		return -1;
	/* RFC 1624, for a decrement of the upper byte. */
	sum = ip.checksum + (__u32)bpf_htons(0x0100);
	ip.checksum = sum + (sum >= 0xffff);
	ip.ttl = hop_limit;
	return bpf_skb_store_bytes(skb, IP4_TTL, &ip, sizeof(ip), BPF_F_RECOMPUTE_CSUM);
}

/* What becomes of a packet that a machine may send: TC_ACT_OK, it is the bridge's, or TC_ACT_REDIRECT. */
checked_once int take_shortcut(struct __sk_buff *skb, const struct port *port, const struct packet *p)
{
	struct shortcut_key key = {};
	struct shortcut *shortcut;
	struct counter *stats;
	__u8 macs[12];
	__u32 slot;

	if (!port || !p)
		return TC_ACT_OK;
	if (!p->family || port->flags & PORT_ROUTER || is_multicast(p->destination_mac))
		return TC_ACT_OK;
	key.net_id = port->net_id;
	__builtin_memcpy(key.router_mac, p->destination_mac, 6);
	__builtin_memcpy(key.destination, p->destination, 16);
	shortcut = bpf_map_lookup_elem(&shortcuts, &key);
	if (!shortcut)
		return TC_ACT_OK;
	if (!is_plain(p) || p->hop_limit <= 1 || !fits(skb, p, shortcut) ||
	    !in_prefix(p->source, shortcut->prefix, shortcut->prefix_len) ||
	    bpf_ktime_get_boot_ns() >= shortcut->expires)
		return TC_ACT_OK;
	__builtin_memcpy(macs, shortcut->destination_mac, 6);
	__builtin_memcpy(macs + 6, shortcut->source_mac, 6);
	if (count_down(skb, p) || bpf_skb_store_bytes(skb, 0, macs, sizeof(macs), 0))
		return TC_ACT_OK;
	slot = shortcut->slot;
	stats = bpf_map_lookup_elem(&shortcut_stats, &slot);
	if (stats) {
		stats->packets++;
		stats->bytes += skb->len;
	}
	return bpf_redirect(shortcut->ifindex, 0);
}

/* What came over a shortcut bears the MAC of the host that sent it: the machine is shown its router's. */
checked_once int restore_router(struct __sk_buff *skb, const struct port *port)
{
	struct router_mac *router;
	__u32 net_id;

	if (!port)
		return 0;
	net_id = port->net_id;
	router = bpf_map_lookup_elem(&router_macs, &net_id);
	if (router)
		bpf_skb_store_bytes(skb, 6, router->mac, 6, 0);
	else
		count(&unrestored, &net_id, skb->len);
	return 0;
}

#endif
