/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Stray frames of a machine that has moved to another host: they come over a shortcut whose sender does not know
 * yet.  They go on to where it is now, through the VXLAN device that they came by, which has learned that from the
 * machine's announcement; and the agent is told, so that the sender asks again.  Only frames of shortcuts: the
 * others' senders have heard the announcement themselves, and their source MAC would be learned in a wrong place.
 *
 * A relayed frame bears this host's relay MAC (0e:5d...), and is never relayed again: there are no loops, whatever
 * was learned where.
 */
#ifndef LANDBRIDGE_RELAY_H
#define LANDBRIDGE_RELAY_H

#include <linux/pkt_cls.h>

#include "guard.h"
#include "packet.h"
#include "signal.h"

#define MAX_RELAYS (1 << 16)
#define MAX_STRAYS (1 << 14)
#define STRAY_AGAIN 50000000ULL	/* ns in which a sender is told of once */

/* A machine that was on this host. */
struct relay_key {
	__u32 device;		/* interface index of the network's VXLAN device */
	__u8 mac[6];
	__u16 reserved;
};

struct relay {
	__u8 source_mac[6];	/* of what is relayed */
	__u16 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct relay_key);
	__type(value, struct relay);
	__uint(max_entries, MAX_RELAYS);
} relays SEC(".maps");

/* When the agent was last told of a sender (boot clock, ns). */
struct stray_key {
	struct relay_key relay;
	__u8 sender_mac[6];
	__u16 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct stray_key);
	__type(value, __u64);
	__uint(max_entries, MAX_STRAYS);
} strays SEC(".maps");

/* Tell the agent of a sender, unless it has just been told. */
checked_once int tell_of_stray(struct __sk_buff *skb, const struct relay_key *relay, const struct packet *p)
{
	struct stray_key key = {};
	__u64 now = bpf_ktime_get_boot_ns(), *last;

	if (!relay || !p)
		return 0;
	key.relay = *relay;
	__builtin_memcpy(key.sender_mac, p->source_mac, 6);
	last = bpf_map_lookup_elem(&strays, &key);
	if (last && now - *last < STRAY_AGAIN)
		return 0;
	if (tell_agent(skb))
		bpf_map_update_elem(&strays, &key, &now, BPF_ANY);
	return 0;
}

/* What becomes of a frame that came by a VXLAN device. */
inline_always int relay_stray(struct __sk_buff *skb, const struct packet *p)
{
	struct relay_key key = { .device = skb->ifindex };
	struct relay *relay;

	__builtin_memcpy(key.mac, p->destination_mac, 6);
	relay = bpf_map_lookup_elem(&relays, &key);
	if (!relay)
		return TC_ACT_OK;
	tell_of_stray(skb, &key, p);
	/* A probe asks for this very path. */
	if (p->protocol == PROTO_SIGNALLING)
		return TC_ACT_SHOT;
	if (bpf_skb_store_bytes(skb, 6, relay->source_mac, 6, 0))
		return TC_ACT_SHOT;
	return bpf_redirect(skb->ifindex, 0);
}

#endif
