/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* What a frame says: Ethernet, IPv4 or IPv6 with its extension headers, and the transport's ports. */
#ifndef LANDBRIDGE_PACKET_H
#define LANDBRIDGE_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "drops.h"

#define inline_always static __attribute__((always_inline)) inline
/* The verifier checks such a function once, for any arguments, and not again on each path that calls it. */
#define checked_once __attribute__((noinline))

#define IP4_MORE_FRAGMENTS 0x2000
#define IP4_FRAGMENT_OFFSET 0x1fff
#define IP6_FRAGMENT_OFFSET 0xfff8
#define IP6_MORE_FRAGMENTS 0x0001

#define PROTO_HOP_BY_HOP 0
#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ROUTING 43
#define PROTO_FRAGMENT 44
#define PROTO_AH 51
#define PROTO_ICMP6 58
#define PROTO_NONE 59
#define PROTO_DESTINATION 60
#define PROTO_MOBILITY 135
#define PROTO_HIP 139
#define PROTO_SHIM6 140
#define PROTO_SIGNALLING 253	/* RFC 3692: experimentation */

#define PORT_DHCP_SERVER 67
#define PORT_DHCP6_SERVER 547

#define MAX_EXTENSION_HEADERS 6

enum fragment { WHOLE, FIRST_FRAGMENT, LATER_FRAGMENT };

/* Addresses are 16 bytes; IPv4 ones as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2).  Ports in network order. */
struct packet {
	__u8 source_mac[6];
	__u8 destination_mac[6];
	__be32 source[4];
	__be32 destination[4];
	__be32 fragment_id;
	__be16 source_port;	/* ICMP queries and replies: their identifier, in both ports */
	__be16 destination_port;
	__be16 ethertype;
	__u16 transport;	/* offset of the transport header */
	__u8 family;		/* 4, 6; 0: no IP */
	__u8 protocol;
	__u8 tcp_flags;
	__u8 icmp_type;
	__u8 fragment;		/* enum fragment */
	__u8 fragment_header;	/* IPv6: there is one, even if it splits nothing */
	__u8 hop_limit;		/* IPv4: time to live */
	__u8 reserved;
};

/* How every IPv6 extension header begins; of the fragment header (RFC 8200 section 4.5) it is all. */
struct extension {
	__u8 next;
	__u8 length;
	__be16 fragment;
	__be32 fragment_id;
};

struct arp_ipv4 {
	__be16 hardware, protocol;
	__u8 hardware_length, protocol_length;
	__be16 operation;
	__u8 sender_mac[6];
	__u8 sender[4];
	__u8 target_mac[6];
	__u8 target[4];
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

inline_always int is_tagged(const struct __sk_buff *skb)
{
	return skb->vlan_present || skb->protocol == bpf_htons(ETH_P_8021Q) ||
	       skb->protocol == bpf_htons(ETH_P_8021AD);
}

inline_always void map_ipv4(__be32 *to, __be32 address)
{
	to[0] = 0;
	to[1] = 0;
	to[2] = bpf_htonl(0xffff);
	to[3] = address;
}

inline_always int is_mapped_ipv4(const __be32 *address)
{
	return !address[0] && !address[1] && address[2] == bpf_htonl(0xffff);
}

/* Whether the first `bits` of an address are those of a prefix. */
inline_always int in_prefix(const __be32 *address, const __be32 *prefix, __u32 bits)
{
	int word;

#pragma unroll
	for (word = 0; word < 4; word++) {
		__u32 here = bits < 32 ? bits : 32;
		__be32 mask = here ? bpf_htonl(0xffffffffu << (32 - here)) : 0;

		if ((address[word] ^ prefix[word]) & mask)
			return 0;
		bits -= here;
	}
	return 1;
}

/* Copy the beginning of the frame, at most `limit` bytes (a constant); how many it is, 0: it cannot be read. */
inline_always __u32 load_head(struct __sk_buff *skb, void *to, __u64 limit)
{
	__u64 last = skb->len;	/* 64 bits: the verifier follows their bounds */

	if (last > limit)
		last = limit;
	last--;
	barrier_var(last);	/* 6.1 knows only of the register that was compared that it is not 0 */
	return last < limit && !bpf_skb_load_bytes(skb, 0, to, last + 1) ? last + 1 : 0;
}

/* Whether the ICMP message is a query or its reply: it has an identifier, and is not about another packet. */
inline_always int icmp_has_identifier(__u8 family, __u8 type)
{
	if (family == 6)
		return type == 128 || type == 129;
	return type == 0 || type == 8 || (type >= 13 && type <= 18);
}

/* Ethernet, IPv4 with all its options or IPv6, TCP. */
#define MAX_HEADERS (14 + 60 + 20)

/* The transport header at `p->transport`; 0, or the reason to drop it. */
inline_always int parse_transport(struct __sk_buff *skb, struct packet *p)
{
	__be16 head[7];	/* as much of TCP as has its flags */

	switch (p->protocol) {
	case PROTO_TCP:
		if (bpf_skb_load_bytes(skb, p->transport, head, 14))
			return DROP_MALFORMED;
		p->tcp_flags = ((__u8 *)head)[13];
		break;
	case PROTO_UDP:
		if (bpf_skb_load_bytes(skb, p->transport, head, 8))
			return DROP_MALFORMED;
		break;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		if (bpf_skb_load_bytes(skb, p->transport, head, 8))
			return DROP_MALFORMED;
		p->icmp_type = *(__u8 *)head;
		if (icmp_has_identifier(p->family, p->icmp_type))
			p->source_port = p->destination_port = head[2];
		return 0;
	default:
		return 0;
	}
	p->source_port = head[0];
	p->destination_port = head[1];
	return 0;
}

inline_always int parse_ipv4(struct __sk_buff *skb, struct packet *p)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	__u16 offset, header, length;

	if ((void *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5)
		return DROP_MALFORMED;
	header = ip->ihl * 4;
	length = bpf_ntohs(ip->tot_len);
	p->family = 4;
	p->protocol = ip->protocol;
	p->hop_limit = ip->ttl;
	map_ipv4(p->source, ip->saddr);
	map_ipv4(p->destination, ip->daddr);
	p->transport = sizeof(struct ethhdr) + header;
	offset = bpf_ntohs(ip->frag_off);
	p->fragment_id = ip->id;
	if (offset & IP4_FRAGMENT_OFFSET) {
		/* RFC 1858: a second fragment that would overwrite the TCP flags of the first. */
		if (p->protocol == PROTO_TCP && (offset & IP4_FRAGMENT_OFFSET) == 1)
			return DROP_MALFORMED;
		p->fragment = LATER_FRAGMENT;
		return 0;
	}
	if (offset & IP4_MORE_FRAGMENTS) {
		if (p->protocol == PROTO_TCP && length < header + 20)
			return DROP_MALFORMED;
		p->fragment = FIRST_FRAGMENT;
	}
	return parse_transport(skb, p);
}

inline_always int parse_ipv6(struct __sk_buff *skb, struct packet *p)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ipv6hdr *ip = data + sizeof(struct ethhdr);
	struct extension head;
	int number;

	if ((void *)(ip + 1) > end || ip->version != 6)
		return DROP_MALFORMED;
	p->family = 6;
	p->protocol = ip->nexthdr;
	p->hop_limit = ip->hop_limit;
	__builtin_memcpy(p->source, &ip->saddr, 16);
	__builtin_memcpy(p->destination, &ip->daddr, 16);
	p->transport = sizeof(struct ethhdr) + sizeof(struct ipv6hdr);
	for (number = 0; number < MAX_EXTENSION_HEADERS; number++) {
		switch (p->protocol) {
		case PROTO_HOP_BY_HOP:
		case PROTO_ROUTING:
		case PROTO_DESTINATION:
		case PROTO_MOBILITY:
		case PROTO_HIP:
		case PROTO_SHIM6:
			if (bpf_skb_load_bytes(skb, p->transport, &head, 8))
				return DROP_MALFORMED;
			p->transport += (head.length + 1) * 8;
			break;
		case PROTO_AH:
			if (bpf_skb_load_bytes(skb, p->transport, &head, 8))
				return DROP_MALFORMED;
			p->transport += (head.length + 2) * 4;
			break;
		case PROTO_FRAGMENT:
			if (bpf_skb_load_bytes(skb, p->transport, &head, 8))
				return DROP_MALFORMED;
			p->transport += 8;
			p->fragment_header = 1;
			p->fragment_id = head.fragment_id;
			if (head.fragment & bpf_htons(IP6_FRAGMENT_OFFSET)) {
				p->protocol = head.next;
				p->fragment = LATER_FRAGMENT;
				return 0;
			}
			if (head.fragment & bpf_htons(IP6_MORE_FRAGMENTS))
				p->fragment = FIRST_FRAGMENT;
			break;
		default:
			return parse_transport(skb, p);
		}
		p->protocol = head.next;
	}
	return DROP_EXTENSION_HEADERS;
}

/*
 * Read a frame's headers into a packet that is all zeros (the verifier of 5.15 lets nobody else pass it here);
 * 0, or the reason to drop the frame.
 */
checked_once int parse(struct __sk_buff *skb, struct packet *p)
{
	__u32 wanted = skb->len < MAX_HEADERS ? skb->len : MAX_HEADERS;
	struct ethhdr *eth;

	if (!p)
		return DROP_MALFORMED;
	/* Headers may lie in fragments of the buffer, where they cannot be read in place. */
	if (skb->data_end - skb->data < wanted && bpf_skb_pull_data(skb, wanted))
		return DROP_MALFORMED;
	eth = (void *)(long)skb->data;
	if ((void *)(eth + 1) > (void *)(long)skb->data_end)
		return DROP_MALFORMED;
	__builtin_memcpy(p->source_mac, eth->h_source, 6);
	__builtin_memcpy(p->destination_mac, eth->h_dest, 6);
	p->ethertype = eth->h_proto;
	if (p->ethertype == bpf_htons(ETH_P_IP))
		return parse_ipv4(skb, p);
	if (p->ethertype == bpf_htons(ETH_P_IPV6))
		return parse_ipv6(skb, p);
	return 0;
}

#endif
