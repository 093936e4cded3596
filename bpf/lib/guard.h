/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* Anti-spoofing: a machine sends only as itself, in Ethernet, ARP, IPv4, IPv6 and neighbour discovery. */
#ifndef LANDBRIDGE_GUARD_H
#define LANDBRIDGE_GUARD_H

#include "maps.h"
#include "packet.h"

#define ETHERTYPE_RARP 0x8035

#define ICMP6_MLD_QUERY 130
#define ICMP6_MLD_DONE 132
#define ICMP6_ROUTER_SOLICITATION 133
#define ICMP6_ROUTER_ADVERTISEMENT 134
#define ICMP6_NEIGHBOUR_SOLICITATION 135
#define ICMP6_NEIGHBOUR_ADVERTISEMENT 136
#define ICMP6_REDIRECT 137
#define ICMP6_MLD2_REPORT 143

#define ND_SOURCE_LINK_ADDRESS 1
#define ND_TARGET_LINK_ADDRESS 2
#define MAX_ND_OPTIONS 4

struct neighbour_discovery {
	__u8 type, code;
	__be16 checksum;
	__be32 flags;
	__be32 target[4];
};

/* Neighbour discovery and multicast listener messages: no network works without them. */
inline_always int is_ipv6_control(const struct packet *p)
{
	if (p->family != 6 || p->protocol != PROTO_ICMP6 || p->fragment == LATER_FRAGMENT)
		return 0;
	return (p->icmp_type >= ICMP6_MLD_QUERY && p->icmp_type <= ICMP6_REDIRECT) ||
	       p->icmp_type == ICMP6_MLD2_REPORT;
}

/* 0e:5c, 0e:5d, 0e:dc and 0e:52 begin the MACs of the cloud itself (landbridge.model.net). */
inline_always int is_reserved_mac(const __u8 *mac)
{
	return mac[0] == 0x0e && (mac[1] == 0x5c || mac[1] == 0x5d || mac[1] == 0xdc || mac[1] == 0x52);
}

/* The MAC of a host that sends over a shortcut (landbridge.model.net: SHORTCUT_MAC_PREFIX). */
inline_always int is_shortcut_mac(const __u8 *mac)
{
	return mac[0] == 0x0e && mac[1] == 0x5c;
}

/* The MAC of a vrouter: no other gateway's, no machine's (landbridge.model.net: ROUTER_MAC_PREFIX). */
inline_always int is_router_mac(const __u8 *mac)
{
	return mac[0] == 0x0e && mac[1] == 0x52;
}

/* The MAC of a host that has passed on what came over one (landbridge.model.net: RELAY_MAC_PREFIX). */
inline_always int is_relay_mac(const __u8 *mac)
{
	return mac[0] == 0x0e && mac[1] == 0x5d;
}

/* Whether the port may use `address` with `mac`. */
inline_always int owns(const struct port *port, const __be32 *address, const __u8 *mac)
{
	struct source_key key = { .prefix_len = 160, .slot = port->slot };
	struct source *source;
	int number;

	if (address[3] == port->address && port->address && address[2] == bpf_htonl(0xffff) &&
	    !address[1] && !address[0] && same_mac(mac, port->mac))
		return 1;
	__builtin_memcpy(key.address, address, 16);
	source = bpf_map_lookup_elem(&sources, &key);
	if (!source)
		return 0;
	for (number = 0; number < MAX_MACS && number < source->count; number++)
		if (same_mac(mac, source->macs[number]))
			return 1;
	return 0;
}

inline_always int guard_arp(struct __sk_buff *skb, const struct port *port, const struct packet *p)
{
	struct arp_ipv4 arp;
	__be32 sender[4];
	__be32 address;

	if (bpf_skb_load_bytes(skb, sizeof(struct ethhdr), &arp, sizeof(arp)))
		return DROP_MALFORMED;
	if (arp.hardware != bpf_htons(1) || arp.protocol != bpf_htons(ETH_P_IP) ||
	    arp.hardware_length != 6 || arp.protocol_length != 4)
		return DROP_MALFORMED;
	if (!same_mac(arp.sender_mac, p->source_mac))
		return DROP_ARP_IDENTITY;
	__builtin_memcpy(&address, arp.sender, 4);
	/* RFC 5227: a probe has no sender address yet. */
	if (!address)
		return same_mac(arp.sender_mac, port->mac) ? 0 : DROP_ARP_IDENTITY;
	map_ipv4(sender, address);
	return owns(port, sender, arp.sender_mac) ? 0 : DROP_ARP_IDENTITY;
}

struct nd_option {
	__u8 type;
	__u8 length;	/* in units of 8 bytes */
	__u8 mac[6];
};

/* The link address options of a message must be the sender's own. */
inline_always int guard_nd_options(struct __sk_buff *skb, const struct packet *p, __u32 offset)
{
	struct nd_option option;
	int number;

	for (number = 0; number < MAX_ND_OPTIONS; number++) {
		if (offset + sizeof(option) > skb->len)
			return 0;
		if (bpf_skb_load_bytes(skb, offset, &option, sizeof(option)) || !option.length)
			return DROP_MALFORMED;
		if ((option.type == ND_SOURCE_LINK_ADDRESS || option.type == ND_TARGET_LINK_ADDRESS) &&
		    !same_mac(option.mac, p->source_mac))
			return DROP_ND_IDENTITY;
		offset += option.length * 8;
	}
	return offset + sizeof(option) > skb->len ? 0 : DROP_MALFORMED;
}

inline_always int is_unspecified(const __be32 *address)
{
	return !(address[0] | address[1] | address[2] | address[3]);
}

inline_always int guard_ipv6_control(struct __sk_buff *skb, const struct port *port, const struct packet *p)
{
	struct neighbour_discovery message;
	int unspecified = is_unspecified(p->source);

	/* RFC 6980: neighbour discovery does not come in fragments. */
	if (p->fragment_header)
		return DROP_MALFORMED;
	switch (p->icmp_type) {
	case ICMP6_ROUTER_ADVERTISEMENT:
	case ICMP6_REDIRECT:
		return DROP_ROUTER_ADVERTISEMENT;
	case ICMP6_NEIGHBOUR_SOLICITATION:
	case ICMP6_NEIGHBOUR_ADVERTISEMENT:
		if (bpf_skb_load_bytes(skb, p->transport, &message, sizeof(message)))
			return DROP_MALFORMED;
		/* Who asks without an address (RFC 4862: is it free?) means to take it; who answers has it. */
		if ((unspecified || p->icmp_type == ICMP6_NEIGHBOUR_ADVERTISEMENT) &&
		    !owns(port, message.target, p->source_mac))
			return DROP_ND_IDENTITY;
		if (!unspecified && !owns(port, p->source, p->source_mac))
			return DROP_SOURCE_ADDRESS;
		return guard_nd_options(skb, p, p->transport + sizeof(message));
	default:
		if (unspecified)
			return same_mac(p->source_mac, port->mac) ? 0 : DROP_SOURCE_MAC;
		return owns(port, p->source, p->source_mac) ? 0 : DROP_SOURCE_ADDRESS;
	}
}

/* 0, or the reason to drop what the machine sends. */
checked_once int guard(struct __sk_buff *skb, const struct port *port, const struct packet *p)
{
	if (!port || !p)
		return DROP_MALFORMED;
	if (p->ethertype == bpf_htons(ETH_P_ARP))
		return guard_arp(skb, port, p);
	if (is_ipv6_control(p))
		return guard_ipv6_control(skb, port, p);
	if (p->family)
		return owns(port, p->source, p->source_mac)	? 0
		       : same_mac(p->source_mac, port->mac)	? DROP_SOURCE_ADDRESS
								: DROP_SOURCE_MAC;
	if (p->ethertype != bpf_htons(ETHERTYPE_RARP))
		return DROP_OTHER_PROTOCOL;
	return same_mac(p->source_mac, port->mac) ? 0 : DROP_SOURCE_MAC;
}

/* Whether a frame is for this port. */
inline_always int is_for(const struct port *port, const struct packet *p)
{
	struct mac_key key = { .slot = port->slot };

	if (is_multicast(p->destination_mac) || same_mac(p->destination_mac, port->mac))
		return 1;
	/* Nobody knows what is behind it; the bridge sends it what it has learned there. */
	if (!(port->flags & (PORT_GUARDED | PORT_ROUTER)))
		return 1;
	__builtin_memcpy(key.mac, p->destination_mac, 6);
	return bpf_map_lookup_elem(&macs, &key) != 0;
}

#endif
