/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* Maps of one host.  Layouts are checked against landbridge.drivers.hooks when the object is loaded. */
#ifndef LANDBRIDGE_MAPS_H
#define LANDBRIDGE_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "drops.h"

#define MAX_PORTS 16384

/* A port that is in force.  Absent: drop everything (the readiness gate). */
struct port {
	__u32 net_id;
	__u8 mac[6];
	__u16 reserved;
};

/* Seen from the VM: `sent` passed from_vm, `received` passed to_vm. */
struct port_stats {
	__u64 sent_packets;
	__u64 sent_bytes;
	__u64 received_packets;
	__u64 received_bytes;
	__u64 drops[DROP_REASONS];
};

/* Keyed by interface index. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct port);
	__uint(max_entries, MAX_PORTS);
} ports SEC(".maps");

/* Keyed by interface index; made and removed with the entry in `ports`. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct port_stats);
	__uint(max_entries, MAX_PORTS);
} port_stats SEC(".maps");

/* Drops of the whole host by reason. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, DROP_REASONS);
} drops SEC(".maps");

#endif
