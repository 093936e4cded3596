/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Connections of a filtered port.  The first packet is judged by the rules in its own direction; the rest
 * pass both ways, until the rules change (`settings.epoch`): then the next packet has the connection judged
 * again, in the direction of who began it.  One that is no longer allowed stays in the table, denied, so
 * that neither end can begin it anew in the middle.
 *
 * A TCP packet in the middle of a connection that is not known is judged like a first one ("loose" pick-up,
 * Linux's default too): so connections that were there before their port got its first group live on, if
 * the rules allow them in either direction.  Sequence numbers are not followed.
 */
#ifndef LANDBRIDGE_CONNECTIONS_H
#define LANDBRIDGE_CONNECTIONS_H

#include "filter.h"
#include "guard.h"
#include "maps.h"
#include "packet.h"

#define NS_PER_SECOND 1000000000ULL
#define SEEN_GRAIN (NS_PER_SECOND / 2)	/* not every packet dirties the entry's cache line */

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

enum connection_flags {
	CONNECTION_REPLIED = 1,
	CONNECTION_ASSURED = 2,		/* TCP: the handshake is over */
	CONNECTION_FIN_BEGINNER = 4,
	CONNECTION_FIN_OTHER = 8,
	CONNECTION_RESET = 16,
	CONNECTION_DENIED = 32,
};

#define CONNECTION_BOTH_FINS (CONNECTION_FIN_BEGINNER | CONNECTION_FIN_OTHER)

inline_always __u32 timeout_of(const struct connection_key *key, const struct connection *connection)
{
	__u16 flags = connection->flags;

	if (key->by_fragment_id)
		return TIMEOUT_FRAGMENT;
	switch (key->protocol) {
	case PROTO_TCP:
		if (flags & CONNECTION_RESET)
			return TIMEOUT_TCP_CLOSE;
		if ((flags & CONNECTION_BOTH_FINS) == CONNECTION_BOTH_FINS)
			return TIMEOUT_TCP_TIME_WAIT;
		if (flags & CONNECTION_BOTH_FINS)
			return TIMEOUT_TCP_FIN_WAIT;
		if (flags & CONNECTION_ASSURED)
			return TIMEOUT_TCP_ESTABLISHED;
		return flags & CONNECTION_REPLIED ? TIMEOUT_TCP_SYN_RECEIVED : TIMEOUT_TCP_SYN_SENT;
	case PROTO_UDP:
		return flags & CONNECTION_REPLIED ? TIMEOUT_UDP_STREAM : TIMEOUT_UDP;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return TIMEOUT_ICMP;
	default:
		return TIMEOUT_GENERIC;
	}
}

/* Whether the packet begins a new connection under an old one's name. */
checked_once int is_over(const struct settings *settings, const struct connection_key *key,
			 const struct connection *connection, const struct packet *p, __u64 now)
{
	__u32 which;

	if (!settings || !key || !connection || !p)
		return 1;
	which = timeout_of(key, connection);
	if (which >= TIMEOUTS)
		return 1;
	/* The clock of another CPU may be a little ahead. */
	if ((__s64)(now - connection->seen) > (__s64)(settings->timeouts[which] * NS_PER_SECOND))
		return 1;
	return key->protocol == PROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN &&
	       (connection->flags & (CONNECTION_RESET | CONNECTION_DENIED) ||
		(connection->flags & CONNECTION_BOTH_FINS) == CONNECTION_BOTH_FINS);
}

inline_always __u16 flags_after(__u16 flags, const struct packet *p, int by_beginner)
{
	if (!by_beginner)
		flags |= CONNECTION_REPLIED;
	if (p->protocol != PROTO_TCP)
		return flags;
	if (p->tcp_flags & TCP_RST)
		flags |= CONNECTION_RESET;
	if (p->tcp_flags & TCP_FIN)
		flags |= by_beginner ? CONNECTION_FIN_BEGINNER : CONNECTION_FIN_OTHER;
	if (flags & CONNECTION_REPLIED && !(p->tcp_flags & TCP_SYN))
		flags |= CONNECTION_ASSURED;
	return flags;
}

/* The connection that an ICMP error is about, from the packet that it quotes; 0, or -1 if it quotes none. */
inline_always int quoted_connection(struct __sk_buff *skb, const struct packet *p, int egress,
				    struct connection_key *key)
{
	__u32 quoted = p->transport + 8, transport;
	__be32 source[4], destination[4];
	__be16 head[4], from = 0, to = 0;

	/* An error travels against the packet that it quotes. */
	if (p->family == 4) {
		struct iphdr ip;

		if (bpf_skb_load_bytes(skb, quoted, &ip, sizeof(ip)) || ip.version != 4)
			return -1;
		key->protocol = ip.protocol;
		map_ipv4(key->local, egress ? ip.daddr : ip.saddr);
		map_ipv4(key->remote, egress ? ip.saddr : ip.daddr);
		transport = quoted + ip.ihl * 4;
	} else {
		struct ipv6hdr ip;

		if (bpf_skb_load_bytes(skb, quoted, &ip, sizeof(ip)) || ip.version != 6)
			return -1;
		key->protocol = ip.nexthdr;
		__builtin_memcpy(source, &ip.saddr, 16);
		__builtin_memcpy(destination, &ip.daddr, 16);
		__builtin_memcpy(key->local, egress ? destination : source, 16);
		__builtin_memcpy(key->remote, egress ? source : destination, 16);
		transport = quoted + sizeof(ip);
	}
	if (bpf_skb_load_bytes(skb, transport, head, 8))
		return -1;
	switch (key->protocol) {
	case PROTO_TCP:
	case PROTO_UDP:
		from = head[0];
		to = head[1];
		break;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		if (!icmp_has_identifier(p->family, *(__u8 *)head))
			return -1;
		from = to = head[2];
		break;
	}
	key->local_port = egress ? to : from;
	key->remote_port = egress ? from : to;
	return 0;
}

inline_always int is_icmp_error(const struct packet *p)
{
	if (p->fragment == LATER_FRAGMENT)
		return 0;
	if (p->family == 4 && p->protocol == PROTO_ICMP)
		return p->icmp_type == 3 || p->icmp_type == 4 || p->icmp_type == 11 || p->icmp_type == 12;
	return p->family == 6 && p->protocol == PROTO_ICMP6 && p->icmp_type >= 1 && p->icmp_type <= 4;
}

inline_always void own_key(const struct packet *p, int egress, struct connection_key *key)
{
	__builtin_memcpy(key->local, egress ? p->source : p->destination, 16);
	__builtin_memcpy(key->remote, egress ? p->destination : p->source, 16);
	key->protocol = p->protocol;
	key->by_fragment_id = 0;
	key->local_port = egress ? p->source_port : p->destination_port;
	key->remote_port = egress ? p->destination_port : p->source_port;
}

/* The name of the packet's fragments: by direction, as both ends number their packets. */
inline_always void fragment_key(const struct packet *p, int egress, struct connection_key *key)
{
	own_key(p, egress, key);
	key->by_fragment_id = 1 + egress;
	key->local_port = p->fragment_id & 0xffff;
	key->remote_port = p->fragment_id >> 16;
}

/* 0: it passes; else the reason to drop it.  `verdict->rule` is the rule that decided. */
checked_once int filter(struct __sk_buff *skb, const struct port *port, const struct packet *p, int egress,
			struct verdict *verdict)
{
	__u64 now = bpf_ktime_get_coarse_ns();
	int about = 0, beginner_egress = egress;
	struct connection_key key = {};
	struct connection *known;
	struct settings *set;
	__u32 zero = 0, slot;
	void *table;
	__u16 flags;

	if (!port || !p || !verdict)
		return DROP_MALFORMED;
	if (is_ipv6_control(p))
		return 0;
	slot = port->slot;
	set = bpf_map_lookup_elem(&settings, &zero);
	table = bpf_map_lookup_elem(&connections, &slot);
	if (!set || !table)
		return DROP_NO_TABLE;

	if (p->fragment == LATER_FRAGMENT)
		fragment_key(p, egress, &key);
	else if (is_icmp_error(p) && !quoted_connection(skb, p, egress, &key))
		about = 1;
	else
		own_key(p, egress, &key);

	known = bpf_map_lookup_elem(table, &key);
	if (known && !about && is_over(set, &key, known, p, now))
		known = 0;
	if (p->fragment == LATER_FRAGMENT)
		return known ? 0 : DROP_FRAGMENT;
	if (about && !known) {
		/* About nothing that we know: a packet like any other. */
		own_key(p, egress, &key);
	}

	if (known && known->epoch == set->epoch) {
		verdict->rule = known->rule;
		if (known->flags & CONNECTION_DENIED)
			return DROP_REVOKED;
	} else {
		if (known)
			beginner_egress = known->egress;
		judge(port, &key, beginner_egress, verdict);
		verdict->judged = 1;
		if (!verdict->accept) {
			if (!known)
				return egress ? DROP_EGRESS : DROP_INGRESS;
			known->flags |= CONNECTION_DENIED;
			known->rule = verdict->rule;
			known->epoch = set->epoch;
			return DROP_REVOKED;
		}
		if (known) {
			known->flags &= ~CONNECTION_DENIED;
			known->rule = verdict->rule;
			known->epoch = set->epoch;
		}
	}
	if (about)
		return 0;

	if (known) {
		flags = flags_after(known->flags, p, egress == known->egress);
		if (flags != known->flags)
			known->flags = flags;
		if ((__s64)(now - known->seen) > (__s64)SEEN_GRAIN)
			known->seen = now;
	} else {
		struct connection begun = { .seen = now, .epoch = set->epoch, .rule = verdict->rule,
					    .egress = egress };

		begun.flags = flags_after(0, p, 1);
		bpf_map_update_elem(table, &key, &begun, BPF_ANY);
	}
	if (p->fragment == FIRST_FRAGMENT) {
		struct connection first = { .seen = now, .epoch = set->epoch, .egress = egress };

		fragment_key(p, egress, &key);
		bpf_map_update_elem(table, &key, &first, BPF_ANY);
	}
	return 0;
}

#endif
