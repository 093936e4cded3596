/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * VLANs of a physical interface, without the kernel's VLAN devices: each has a device of its own, in the bridge of its
 * network, and
 *
 *   what comes by the interface with the VLAN's tag enters by the device, without the tag
 *   what the bridge sends to the device leaves by the interface, with it
 *
 * The kernel has taken the outer tag out of a frame's bytes before it reaches the first program, whether the
 * interface did so already or not.
 */
#ifndef LANDBRIDGE_VLAN_H
#define LANDBRIDGE_VLAN_H

#include <linux/pkt_cls.h>

#include "packet.h"

#define MAX_VLANS (1 << 14)
#define VLAN_ID 0x0fff

struct vlan_key {
	__u32 interface;
	__u16 vlan;
	__u16 reserved;
};

/* The device of a VLAN. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vlan_key);
	__type(value, __u32);
	__uint(max_entries, MAX_VLANS);
} vlans SEC(".maps");

/* By device: where its frames go, and with which tag. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct vlan_key);
	__uint(max_entries, MAX_VLANS);
} vlan_devices SEC(".maps");

inline_always int has_inner_tag(const struct __sk_buff *skb)
{
	return skb->protocol == bpf_htons(ETH_P_8021Q) || skb->protocol == bpf_htons(ETH_P_8021AD);
}

/* What is not of a VLAN of ours goes on to whoever is next: other programs, the bridge, the host. */
inline_always int take_from_wire(struct __sk_buff *skb)
{
	struct vlan_key key = { .interface = skb->ifindex };
	__u32 *device;

	if (!skb->vlan_present || skb->vlan_proto != bpf_htons(ETH_P_8021Q))
		return TC_ACT_UNSPEC;
	key.vlan = skb->vlan_tci & VLAN_ID;
	if (!key.vlan) {
		/* IEEE 802.1Q: it has a priority and is of no VLAN.  Bridges of Linux would pass the tag on. */
		if (!has_inner_tag(skb) && bpf_skb_vlan_pop(skb))
			return TC_ACT_SHOT;
		return TC_ACT_UNSPEC;
	}
	device = bpf_map_lookup_elem(&vlans, &key);
	if (!device)
		return TC_ACT_UNSPEC;
	/* A second tag is the network's own affair only if it is a network of carriers, which these are not. */
	if (has_inner_tag(skb) || bpf_skb_vlan_pop(skb))
		return TC_ACT_SHOT;
	return bpf_redirect(*device, BPF_F_INGRESS);
}

/* With a tag of its own a frame would be in another VLAN as soon as a switch takes ours off. */
inline_always int give_to_wire(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	struct vlan_key *to = bpf_map_lookup_elem(&vlan_devices, &ifindex);

	if (!to || is_tagged(skb) || bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), to->vlan))
		return TC_ACT_SHOT;
	return bpf_redirect(to->interface, 0);
}

#endif
