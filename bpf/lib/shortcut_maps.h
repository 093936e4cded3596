/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* Maps of distributed routing: see shortcut.h and signal.h.  Like those of maps.h they outlive the agent. */
#ifndef LANDBRIDGE_SHORTCUT_MAPS_H
#define LANDBRIDGE_SHORTCUT_MAPS_H

#include "maps.h"

#define MAX_SHORTCUTS (1 << 16)
#define MAX_NETWORKS (1 << 16)
#define SIGNAL_BYTES (1 << 22)
#define SIGNAL_HEAD 576		/* a signalling packet, 512 bytes at most, with the headers in front of it */
#define SIGNAL_SPAN 1000000000ULL	/* ns, in which a port hands over SIGNAL_MOST: a third of the ring */
#define SIGNAL_MOST 2000

/* Frames to a router, for one destination behind it. */
struct shortcut_key {
	__u32 net_id;		/* of the sender's network */
	__u8 router_mac[6];	/* the destination MAC of the frame */
	__u16 reserved;
	__be32 destination[4];
};

enum shortcut_flags {
	SHORTCUT_LOCAL = 1,	/* the destination is on this host: for the agent */
};

struct shortcut {
	__u64 expires;		/* boot clock, ns: from then on the packets go to the router */
	__u32 ifindex;		/* remote: the VXLAN device of the destination's network; local: the destination's port */
	__u32 slot;		/* index of `shortcut_stats` */
	__be32 prefix[4];	/* the source must lie in it */
	__u16 mtu;		/* the largest IP packet */
	__u8 prefix_len;	/* of all 128 bits: 96 more than IPv4 counts */
	__u8 flags;		/* enum shortcut_flags */
	__u8 destination_mac[6];
	__u8 source_mac[6];	/* remote: this host's, 0e:5c…; local: the router's in the destination's network */
	/* The rest is what an agent that starts again goes on from.  The programs do not look at it. */
	__u64 epoch;		/* of the router's routes */
	__u64 generation;	/* of the destination's port */
	__u32 router;
	__u32 egress_net_id;
	__u32 vni;
	__u16 port;		/* UDP, of the destination network's tunnels */
	__u8 router_mac[6];	/* in the destination's network */
	__be32 router_ip[4];	/* in the sender's network */
	__be32 vtep[4];		/* of the destination's host */
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct shortcut_key);
	__type(value, struct shortcut);
	__uint(max_entries, MAX_SHORTCUTS);
} shortcuts SEC(".maps");

/* Keyed by slot. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct counter);
	__uint(max_entries, MAX_SHORTCUTS);
} shortcut_stats SEC(".maps");

/* The router's MAC in a network (net_id): what machines there are shown instead of a host's shortcut MAC. */
struct router_mac {
	__u8 mac[6];
	__u16 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct router_mac);
	__uint(max_entries, MAX_NETWORKS);
} router_macs SEC(".maps");

/* Frames that came to a machine with a shortcut MAC because its network (net_id) has no entry in `router_macs`. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct counter);
	__uint(max_entries, MAX_NETWORKS);
} unrestored SEC(".maps");

/* A router that shortcuts lead past, in the senders' network: see gateway.h. */
struct gateway_key {
	__u32 net_id;
	__u8 router_mac[6];
	__u16 reserved;
};

struct gateway {
	__u64 expires;		/* boot clock, ns: of the last of its shortcuts */
	__be32 address;		/* the router's IPv4 address there */
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct gateway_key);
	__type(value, struct gateway);
	__uint(max_entries, MAX_NETWORKS);
} gateways SEC(".maps");

/* When a port has asked its gateway last (boot clock, ns). */
struct asked_key {
	__u32 port;		/* interface index */
	__be32 address;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct asked_key);
	__type(value, __u64);
	__uint(max_entries, 4 * MAX_PORTS);
} asked SEC(".maps");

/* Networks (net_id) with a router that shortens: to machines of others nobody has anything to signal. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, MAX_NETWORKS);
} signalled SEC(".maps");

/* How much a port has handed over. */
struct budget {
	__u64 began;		/* of the span in which `told` is counted; boot clock, ns */
	__u64 told;
};

/* Keyed by slot. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct budget);
	__uint(max_entries, MAX_PORTS);
} signal_budgets SEC(".maps");

/* A signalling packet to a machine: its host takes it. */
struct signal {
	__u32 port;		/* interface index */
	__u32 length;		/* of the frame */
	__u16 captured;		/* bytes of `frame` that are of it */
	__u16 reserved;
	__u8 frame[SIGNAL_HEAD];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SIGNAL_BYTES);
} signals SEC(".maps");

#endif
