// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * Which pairs of machines talk through a router enough to be worth a shortcut.
 *
 *   from_leg  tc ingress, inside the router's namespace, on each leg to a guest network
 *
 * It counts what the router forwards and tells the router's agent of a pair once per window.  It neither
 * changes nor drops anything.  The maps are the program's own: a fresh one begins from zero.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "lib/packet.h"

#define MAX_FLOWS (1 << 14)
#define WANTED_BYTES (1 << 16)

#define PACKET_HOST 0	/* linux/if_packet.h: for this machine, seen from Ethernet */
#define AF_INET 2
#define AF_INET6 10

struct flow_settings {
	__u64 packets;		/* as many, or as many bytes, in a window: the pair is told */
	__u64 bytes;
	__u64 window;		/* ns */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct flow_settings);
	__uint(max_entries, 1);
} flow_settings SEC(".maps");

struct flow_key {
	__u32 ifindex;
	__be32 source[4];
	__be32 destination[4];
};

struct flow {
	__u64 began;		/* of the window; monotonic clock, ns */
	__u64 packets;
	__u64 bytes;
	__u64 told;		/* in this window */
};

/* The pair that was silent for longest makes room for a new one. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct flow_key);
	__type(value, struct flow);
	__uint(max_entries, MAX_FLOWS);
} flows SEC(".maps");

struct wanted {
	__u32 ifindex;		/* the leg by which it came */
	__u32 egress;		/* the interface by which it goes on */
	__be32 source[4];
	__be32 destination[4];
	__u8 source_mac[6];
	__u8 destination_mac[6];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, WANTED_BYTES);
} wanted SEC(".maps");

/* Find the interface by which the router will forward the packet; 0: it will not. */
checked_once int find_egress(struct __sk_buff *skb, const struct packet *p, struct wanted *event)
{
	struct bpf_fib_lookup route = {};

	if (!p || !event)
		return 0;
	route.ifindex = skb->ifindex;
	route.l4_protocol = p->protocol;
	route.sport = p->source_port;
	route.dport = p->destination_port;
	if (p->family == 4) {
		route.family = AF_INET;
		route.ipv4_src = p->source[3];
		route.ipv4_dst = p->destination[3];
	} else {
		route.family = AF_INET6;
		__builtin_memcpy(route.ipv6_src, p->source, 16);
		__builtin_memcpy(route.ipv6_dst, p->destination, 16);
	}
	switch (bpf_fib_lookup(skb, &route, sizeof(route), 0)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		event->egress = route.ifindex;
		return 1;
	default:
		return 0;
	}
}

/* Tell of the pair.  Where the ring has no room, its next window comes. */
checked_once int tell(struct __sk_buff *skb, const struct packet *p)
{
	struct wanted event = {};

	if (!p)
		return 0;
	if (!find_egress(skb, p, &event))
		return 0;
	event.ifindex = skb->ifindex;
	__builtin_memcpy(event.source, p->source, 16);
	__builtin_memcpy(event.destination, p->destination, 16);
	__builtin_memcpy(event.source_mac, p->source_mac, 6);
	__builtin_memcpy(event.destination_mac, p->destination_mac, 6);
	bpf_ringbuf_output(&wanted, &event, sizeof(event), 0);
	return 0;
}

/* The pair's counters, begun if need be. */
inline_always struct flow *flow_of(const struct flow_key *key, __u64 now)
{
	struct flow *flow = bpf_map_lookup_elem(&flows, key);
	struct flow first = { .began = now };

	if (flow)
		return flow;
	bpf_map_update_elem(&flows, key, &first, BPF_NOEXIST);
	return bpf_map_lookup_elem(&flows, key);
}

/* Count the packet; whether its pair is to be told of now.  Two processors at the same pair may both say so. */
inline_always int count_flow(struct __sk_buff *skb, const struct packet *p)
{
	struct flow_key key = { .ifindex = skb->ifindex };
	__u64 now = bpf_ktime_get_coarse_ns();
	struct flow_settings *settings;
	struct flow *flow;
	__u32 zero = 0;

	__builtin_memcpy(key.source, p->source, 16);
	__builtin_memcpy(key.destination, p->destination, 16);
	settings = bpf_map_lookup_elem(&flow_settings, &zero);
	flow = flow_of(&key, now);
	if (!settings || !flow)
		return 0;
	/* The clock of another processor may be a little ahead. */
	if ((__s64)(now - flow->began) >= (__s64)settings->window) {
		flow->began = now;
		flow->packets = flow->bytes = flow->told = 0;
	}
	/* What was merged on its way counts as it was sent. */
	__sync_fetch_and_add(&flow->packets, skb->gso_segs ? skb->gso_segs : 1);
	__sync_fetch_and_add(&flow->bytes, skb->len);
	if (flow->told || (flow->packets < settings->packets && flow->bytes < settings->bytes))
		return 0;
	flow->told = 1;
	return 1;
}

SEC("tc")
int from_leg(struct __sk_buff *skb)
{
	struct packet p = {};

	if (skb->pkt_type == PACKET_HOST && !parse(skb, &p) && p.family && p.protocol != PROTO_SIGNALLING &&
	    count_flow(skb, &p))
		tell(skb, &p);
	return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "GPL";
