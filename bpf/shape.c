// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/*
 * To which class of a shaper a packet of a VIP belongs.
 *
 *   from_vip  tc egress, HTB on a public leg: by source
 *   to_vip    tc egress, HTB on the device through which the leg's arrivals are led: by destination
 *
 * A port's own class goes before the VIP's; a fragment without ports belongs to the VIP's.  What has no class
 * is not shaped.  The map is the program's own.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_SHAPES (1 << 16)
#define FRAGMENT_OFFSET 0x1fff
#define HANDLE (1U << 16)	/* of the HTB: 1: */

struct shape_key {
	__be32 vip;
	__be16 port;		/* 0: what is left of the VIP */
	__u16 egress;		/* 1: from the VIP */
};

/* The minor number of the class. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct shape_key);
	__type(value, __u32);
	__uint(max_entries, MAX_SHAPES);
} shapes SEC(".maps");

static __attribute__((always_inline)) inline int class_of(struct __sk_buff *skb, int egress)
{
	struct shape_key key = { .egress = egress };
	__be16 ports[2];
	struct iphdr ip;
	__u32 *minor;

	if (skb->protocol != bpf_htons(ETH_P_IP) ||
	    bpf_skb_load_bytes_relative(skb, 0, &ip, sizeof(ip), BPF_HDR_START_NET))
		return 0;
	key.vip = egress ? ip.saddr : ip.daddr;
	if ((ip.protocol == IPPROTO_TCP || ip.protocol == IPPROTO_UDP) && !(ip.frag_off & bpf_htons(FRAGMENT_OFFSET)) &&
	    !bpf_skb_load_bytes_relative(skb, ip.ihl * 4, ports, sizeof(ports), BPF_HDR_START_NET)) {
		key.port = egress ? ports[0] : ports[1];
		minor = bpf_map_lookup_elem(&shapes, &key);
		if (minor)
			return HANDLE | *minor;
		key.port = 0;
	}
	minor = bpf_map_lookup_elem(&shapes, &key);
	return minor ? HANDLE | *minor : 0;
}

SEC("tc")
int from_vip(struct __sk_buff *skb)
{
	return class_of(skb, 1);
}

SEC("tc")
int to_vip(struct __sk_buff *skb)
{
	return class_of(skb, 0);
}

char _license[] SEC("license") = "GPL";
