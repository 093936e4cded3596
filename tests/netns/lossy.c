// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
/* Test only.  At a port of the underlay's switch: signalling, plain or in a VXLAN tunnel, ends here; see lossy.py. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <stddef.h>

#define PROTO_UDP 17
#define PROTO_SIGNALLING 253
#define TUNNEL_PORT 8472
#define TUNNEL_BYTES (8 + 8)

/* The IP header at an offset behind an Ethernet header, if there is one. */
static __attribute__((always_inline)) inline int load_ip(struct __sk_buff *skb, __u32 offset, struct iphdr *ip)
{
	__be16 ethertype;

	return !bpf_skb_load_bytes(skb, offset + offsetof(struct ethhdr, h_proto), &ethertype, 2) &&
	       ethertype == bpf_htons(ETH_P_IP) && !bpf_skb_load_bytes(skb, offset + ETH_HLEN, ip, sizeof(*ip));
}

SEC("tc")
int take(struct __sk_buff *skb)
{
	__u32 behind = ETH_HLEN + sizeof(struct iphdr);
	struct iphdr ip;
	__be16 port;

	if (!load_ip(skb, 0, &ip))
		return TC_ACT_UNSPEC;
	if (ip.protocol == PROTO_SIGNALLING)
		return TC_ACT_SHOT;
	if (ip.protocol != PROTO_UDP || bpf_skb_load_bytes(skb, behind + 2, &port, 2) ||
	    port != bpf_htons(TUNNEL_PORT) || !load_ip(skb, behind + TUNNEL_BYTES, &ip))
		return TC_ACT_UNSPEC;
	return ip.protocol == PROTO_SIGNALLING ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "GPL";
