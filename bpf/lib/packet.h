/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* Reading Ethernet and IPv4 headers within the verifier's bounds. */
#ifndef LANDBRIDGE_PACKET_H
#define LANDBRIDGE_PACKET_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>

#define inline_always static __attribute__((always_inline)) inline

#define IP_FRAGMENT_OFFSET 0x1fff
#define IPPROTO_SIGNALLING 253	/* RFC 3692: experimentation */
#define PROTO_UDP 17
#define PORT_DHCP_SERVER 67

struct headers {
	struct ethhdr *eth;
	struct iphdr *ip;	/* 0: not IPv4 */
	struct udphdr *udp;	/* 0: not UDP, or not the first fragment */
};

inline_always int is_multicast(const __u8 *mac)
{
	return mac[0] & 1;
}

inline_always int same_mac(const __u8 *a, const __u8 *b)
{
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] &&
	       a[3] == b[3] && a[4] == b[4] && a[5] == b[5];
}

/* Ethernet, IPv4 with all its options, UDP. */
#define MAX_HEADERS (14 + 60 + 8)

/* Find the headers that are there; -1 if the packet ends inside one of them. */
inline_always int parse(struct __sk_buff *skb, struct headers *h)
{
	__u32 wanted = skb->len < MAX_HEADERS ? skb->len : MAX_HEADERS;
	void *data, *end;

	/* Headers may lie in fragments of the buffer, where they cannot be read in place. */
	if (skb->data_end - skb->data < wanted && bpf_skb_pull_data(skb, wanted))
		return -1;
	data = (void *)(long)skb->data;
	end = (void *)(long)skb->data_end;
	h->ip = 0;
	h->udp = 0;
	h->eth = data;
	if ((void *)(h->eth + 1) > end)
		return -1;
	if (h->eth->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	h->ip = (void *)(h->eth + 1);
	if ((void *)(h->ip + 1) > end || h->ip->ihl < 5)
		return -1;
	if (h->ip->protocol != PROTO_UDP || h->ip->frag_off & bpf_htons(IP_FRAGMENT_OFFSET))
		return 0;
	h->udp = (void *)h->ip + h->ip->ihl * 4;
	if ((void *)(h->udp + 1) > end)
		return -1;
	return 0;
}

inline_always int is_tagged(const struct __sk_buff *skb)
{
	return skb->vlan_present || skb->protocol == bpf_htons(ETH_P_8021Q) ||
	       skb->protocol == bpf_htons(ETH_P_8021AD);
}

#endif
