/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The gateway of machines whose router is dead.
 *
 * Shortcuts outlive a router, but a machine asks every while whether its gateway is still there (RFC 4861
 * section 7.3.1 has the idea, Linux does it for IPv4 too: a unicast ARP request, repeated each second), and
 * gives up after three questions.  The router is asked first, always.  Who asks again so soon has had no
 * answer: then, while a shortcut through this gateway is in force, the host answers with what the machine knows.
 */
#ifndef LANDBRIDGE_GATEWAY_H
#define LANDBRIDGE_GATEWAY_H

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include "packet.h"
#include "shortcut_maps.h"

#define ARP_REQUEST 1
#define ARP_REPLY 2
#define ASKED_AGAIN 1800000000ULL	/* ns: questions are a second apart, and in peace half a minute */

/* Whether the port has asked this gateway a moment ago. */
inline_always int asks_again(__u32 ifindex, __be32 address, __u64 now)
{
	struct asked_key key = { .port = ifindex, .address = address };
	__u64 *last = bpf_map_lookup_elem(&asked, &key);
	int again = last && now - *last < ASKED_AGAIN;

	bpf_map_update_elem(&asked, &key, &now, BPF_ANY);
	return again;
}

/* A question to a gateway that does not answer: TC_ACT_REDIRECT, back with the answer.  Else TC_ACT_OK. */
checked_once int stand_in(struct __sk_buff *skb, const struct port *port, const struct packet *p)
{
	struct gateway_key key = {};
	struct gateway *gateway;
	struct arp_ipv4 arp;
	__u64 now = bpf_ktime_get_boot_ns();
	__u8 macs[12];
	__be32 target;

	if (!port || !p)
		return TC_ACT_OK;
	key.net_id = port->net_id;
	__builtin_memcpy(key.router_mac, p->destination_mac, 6);
	gateway = bpf_map_lookup_elem(&gateways, &key);
	if (!gateway || now >= gateway->expires || bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &arp, sizeof(arp)))
		return TC_ACT_OK;
	__builtin_memcpy(&target, arp.target, 4);
	if (arp.operation != bpf_htons(ARP_REQUEST) || target != gateway->address ||
	    !asks_again(skb->ifindex, target, now))
		return TC_ACT_OK;
	arp.operation = bpf_htons(ARP_REPLY);
	__builtin_memcpy(arp.target_mac, arp.sender_mac, 6);
	__builtin_memcpy(arp.target, arp.sender, 4);
	__builtin_memcpy(arp.sender_mac, key.router_mac, 6);
	__builtin_memcpy(arp.sender, &target, 4);
	__builtin_memcpy(macs, p->source_mac, 6);
	__builtin_memcpy(macs + 6, key.router_mac, 6);
	if (bpf_skb_store_bytes(skb, sizeof(struct ethhdr), &arp, sizeof(arp), 0) ||
	    bpf_skb_store_bytes(skb, 0, macs, sizeof(macs), 0))
		return TC_ACT_OK;
	return bpf_redirect(skb->ifindex, 0);
}

/* Whether the packet may be such a question. */
inline_always int is_question(const struct port *port, const struct packet *p)
{
	return p->ethertype == bpf_htons(ETH_P_ARP) && !(port->flags & PORT_ROUTER) && !is_multicast(p->destination_mac);
}

#endif
