/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Maps of one host.  The agent checks the layouts against its own when it loads the object, and when a
 * layout has changed it carries over what the old maps hold, field by field (landbridge.drivers.bpf_carry).
 */
#ifndef LANDBRIDGE_MAPS_H
#define LANDBRIDGE_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "drops.h"

#define MAX_PORTS 4096
#define MAX_SOURCES (16 * MAX_PORTS)
#define MAX_MACS 17	/* its own, and those of its allowed pairs */
#define MAX_PROGRAMS 16384
#define MAX_TESTS (1 << 18)
#define MAX_MEMBERS (1 << 19)
#define MAX_COUNTERS (1 << 16)
#define EVENT_BYTES (1 << 18)
#define EVENT_HEADERS 96
#define EVENT_SPAN 100000000ULL	/* ns, in which a port may tell of EVENT_MOST drops: one cannot fill the ring for all */
#define EVENT_MOST 200
#define DEFAULT_CONNECTIONS 8192

enum port_flags {
	PORT_ROUTER = 1,	/* a vrouter's leg: sends other machines' packets */
	PORT_GUARDED = 2,	/* anti-spoofing */
	PORT_FILTERED = 4,	/* has security groups */
	PORT_INGRESS_ACCEPT = 8,	/* what holds when no rule matches; else drop */
	PORT_EGRESS_ACCEPT = 16,
	PORT_LIMITED = 64,	/* has an entry in `limits` */
	PORT_STANDBY = 32,	/* closed as if it had no entry: its machine runs on another host */
};

/* A port that is in force.  Absent: drop everything (the readiness gate). */
struct port {
	__u64 policy;		/* names its rules in `programs` */
	__u32 net_id;
	__u32 domain;		/* where an address means one machine */
	__u32 slot;		/* small number of the port: index of arrays, key of `sources` */
	__be32 address;		/* its first IPv4 address, allowed with its own MAC; 0: none */
	__u8 mac[6];
	__u16 flags;		/* enum port_flags */
};

/* Keyed by interface index. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct port);
	__uint(max_entries, MAX_PORTS);
} ports SEC(".maps");

/* Seen from the VM: `sent` passed from_vm, `received` passed to_vm. */
struct port_stats {
	__u64 sent_packets;
	__u64 sent_bytes;
	__u64 received_packets;
	__u64 received_bytes;
};

/* Keyed by slot. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct port_stats);
	__uint(max_entries, MAX_PORTS);
} port_stats SEC(".maps");

/* How much a machine may send and receive. */
struct limits {
	__u64 sent_rate;	/* bits per second; 0: as much as it likes */
	__u64 sent_due;		/* monotonic clock, ns: until when what has passed takes at that rate */
	__u64 received_rate;
	__u64 received_due;
};

/* Keyed by slot. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct limits);
	__uint(max_entries, MAX_PORTS);
} limits SEC(".maps");

/* `rule` 0: no rule had a part in it. */
struct drop_key {
	__u32 port;		/* interface index */
	__u32 rule;
	__u16 reason;
	__u16 reserved[3];
};

struct counter {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct drop_key);
	__type(value, struct counter);
	__uint(max_entries, MAX_COUNTERS);
} drops SEC(".maps");

/* What a rule let in: the first packets of connections, and packets that belong to none. */
struct rule_key {
	__u32 port;		/* interface index */
	__u32 rule;		/* 0: no rule matched, and the port's policy is to accept */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct rule_key);
	__type(value, struct counter);
	__uint(max_entries, MAX_COUNTERS);
} accepted SEC(".maps");

/* ---- anti-spoofing ---- */

struct source_key {
	__u32 prefix_len;	/* of what follows, in bits */
	__u32 slot;
	__be32 address[4];
};

/* The MACs with which a port may use an address. */
struct source {
	__u16 count;
	__u8 macs[MAX_MACS][6];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct source_key);
	__type(value, struct source);
	__uint(max_entries, MAX_SOURCES);
} sources SEC(".maps");

/* MACs besides its own that a port may use. */
struct mac_key {
	__u32 slot;
	__u8 mac[6];
	__u16 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct mac_key);
	__type(value, __u32);
	__uint(max_entries, MAX_SOURCES);
} macs SEC(".maps");

/* ---- security groups: see filter.h ---- */

struct program_key {
	__u64 policy;
	__u8 egress;
	__u8 family;		/* 4, 6 */
	__u8 protocol;		/* PROTO_TCP, PROTO_UDP, PROTO_ICMP (either); 0: any other */
	__u8 reserved[5];
};

struct program {
	__u64 place;		/* in `tests`: start, and how many in the upper half; one word, read at once */
	__u64 digest;		/* of the policy it was rendered from: how the agent knows it again */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct program_key);
	__type(value, struct program);
	__uint(max_entries, MAX_PROGRAMS);
} programs SEC(".maps");

enum test_kind {
	TEST_VERDICT = 0,	/* operand: rule number, 1 accept or 0 drop */
	TEST_PORTS = 1,		/* first <= destination port <= last */
	TEST_RANGE = 2,		/* IPv4 peer: operand[0] <= address <= operand[1], as numbers */
	TEST_PREFIX = 3,	/* IPv6 peer: the first `prefix_len` bits of operand, in network order */
	TEST_GROUP = 4,		/* the peer is in security group operand[0] */
};

struct test {
	__u32 operand[4];
	__u16 first;
	__u16 last;
	__u16 yes;		/* which test is next, counted from the program's start; always a later one */
	__u16 no;
	__u8 kind;		/* enum test_kind */
	__u8 prefix_len;
	__u8 reserved[6];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct test);
	__uint(max_entries, MAX_TESTS);
} tests SEC(".maps");

struct member_key {
	__u32 group;
	__u32 domain;
	__be32 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct member_key);
	__type(value, __u32);
	__uint(max_entries, MAX_MEMBERS);
} members SEC(".maps");

/* ---- connections: see connections.h ---- */

/* Seen from the port.  A fragmented packet's second name has its id instead of ports. */
struct connection_key {
	__be32 local[4];
	__be32 remote[4];
	__be16 local_port;
	__be16 remote_port;
	__u8 protocol;
	__u8 by_fragment_id;
	__u16 reserved;
};

struct connection {
	__u64 seen;		/* monotonic clock, ns, of a late packet (within SEEN_GRAIN) */
	__u32 epoch;		/* of the rules that it was last judged by */
	__u32 rule;		/* that lets it pass */
	__u16 flags;		/* enum connection_flags */
	__u8 egress;		/* who began: 1 the machine behind the port */
	__u8 reserved[5];
};

/* One table per filtered port, so that nobody's flood evicts another's connections.  Keyed by slot. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__type(key, __u32);
	__uint(max_entries, MAX_PORTS);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_LRU_HASH);
		__uint(key_size, sizeof(struct connection_key));
		__uint(value_size, sizeof(struct connection));
		__uint(max_entries, DEFAULT_CONNECTIONS);
	});
} connections SEC(".maps");

/* ---- settings ---- */

enum timeout {
	TIMEOUT_TCP_SYN_SENT,
	TIMEOUT_TCP_SYN_RECEIVED,
	TIMEOUT_TCP_ESTABLISHED,
	TIMEOUT_TCP_FIN_WAIT,
	TIMEOUT_TCP_TIME_WAIT,
	TIMEOUT_TCP_CLOSE,
	TIMEOUT_UDP,
	TIMEOUT_UDP_STREAM,
	TIMEOUT_ICMP,
	TIMEOUT_GENERIC,
	TIMEOUT_FRAGMENT,
	TIMEOUTS
};

struct settings {
	__u32 epoch;		/* goes up whenever rules, members or ports change: connections are judged again */
	__u32 timeouts[TIMEOUTS];	/* seconds */
	__u32 connections;	/* how many a port's table holds: for the agent, which makes them */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct settings);
	__uint(max_entries, 1);
} settings SEC(".maps");

/* ---- drops, told live ---- */

/* Somebody watches a port.  The agent renews it: it ends by itself when the agent is dead. */
struct watch {
	__u64 until;		/* boot clock, ns */
	__u64 began;		/* of the span in which `told` is counted */
	__u64 told;
};

/* Keyed by interface index. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct watch);
	__uint(max_entries, MAX_PORTS);
} watches SEC(".maps");

/* Drops at a watched port (its interface index) that were not told: too many at once. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct counter);
	__uint(max_entries, MAX_PORTS);
} untold SEC(".maps");

struct event {
	__u64 time;		/* boot clock, ns */
	__u32 port;		/* interface index */
	__u32 rule;
	__u32 length;		/* of the frame */
	__u16 reason;
	__u8 egress;		/* sent by the machine behind the port */
	__u8 captured;		/* bytes of `head` that are of the frame */
	__u8 head[EVENT_HEADERS];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EVENT_BYTES);
} events SEC(".maps");

#endif
