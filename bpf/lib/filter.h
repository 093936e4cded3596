/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Security groups.  The rules of a policy are rendered (landbridge.render.policy) into one program per
 * direction, family and protocol: a list of tests, each of which says where to go on with yes and with no,
 * always forward.  Replacing a program is one map entry, so a packet sees the old rules or the new.
 */
#ifndef LANDBRIDGE_FILTER_H
#define LANDBRIDGE_FILTER_H

#include "maps.h"
#include "packet.h"

#define MAX_STEPS 2048	/* the longest program: landbridge.render.program.MAX_TESTS */
#define PORT_DNS 53

struct verdict {
	__u32 rule;	/* 0: none matched */
	__u8 accept;
	__u8 judged;	/* just now, not when the connection began */
};

inline_always int is_member(__u32 group, __u32 domain, const __be32 *address)
{
	struct member_key key = { .group = group, .domain = domain };

	__builtin_memcpy(key.address, address, 16);
	return bpf_map_lookup_elem(&members, &key) != 0;
}

/* What tests ask about: the other end, and the destination port of whoever began (0: none), in host order. */
struct question {
	__be32 peer[4];
	__u32 peer_number;	/* an IPv4 peer */
	__u32 domain;
	__u16 destination;
	__u8 family;
	__u8 protocol;
};

/* Whether a test's answer is yes. */
checked_once int passes(const struct test *test, const struct question *question)
{
	if (!test || !question)
		return 0;
	switch (test->kind) {
	case TEST_PORTS:
		return question->destination >= test->first && question->destination <= test->last;
	case TEST_RANGE:
		return question->peer_number >= test->operand[0] && question->peer_number <= test->operand[1];
	case TEST_PREFIX:
		return in_prefix(question->peer, test->operand, test->prefix_len);
	case TEST_GROUP:
		return is_member(test->operand[0], question->domain, question->peer);
	}
	return 0;
}

/* Judge the first packet of a connection that began from the machine (`egress`) or towards it. */
checked_once int judge(const struct port *port, const struct connection_key *connection, int egress,
		       struct verdict *verdict)
{
	struct program_key key = {};
	struct question question = {};
	struct program *program;
	__u32 at = 0;
	__u64 place;
	int step;

	if (!port || !connection || !verdict)
		return 0;
	question.destination = bpf_ntohs(egress ? connection->remote_port : connection->local_port);
	question.family = is_mapped_ipv4(connection->remote) ? 4 : 6;
	question.protocol = connection->protocol == PROTO_ICMP6 ? PROTO_ICMP : connection->protocol;
	question.domain = port->domain;
	question.peer_number = bpf_ntohl(connection->remote[3]);
	__builtin_memcpy(question.peer, connection->remote, 16);

	verdict->rule = 0;
	verdict->accept = !!(port->flags & (egress ? PORT_EGRESS_ACCEPT : PORT_INGRESS_ACCEPT));
	/* Names can always be asked for. */
	if (egress && question.destination == PORT_DNS &&
	    (question.protocol == PROTO_UDP || question.protocol == PROTO_TCP)) {
		verdict->accept = 1;
		return 0;
	}
	key.policy = port->policy;
	key.egress = egress;
	key.family = question.family;
	if (question.protocol == PROTO_TCP || question.protocol == PROTO_UDP || question.protocol == PROTO_ICMP)
		key.protocol = question.protocol;
	program = bpf_map_lookup_elem(&programs, &key);
	if (!program)
		return 0;
	place = program->place;
	for (step = 0; step < MAX_STEPS; step++) {
		__u32 index = (__u32)place + at;
		struct test *test;

		if (at >= place >> 32)
			return 0;
		test = bpf_map_lookup_elem(&tests, &index);
		if (!test)
			break;
		if (test->kind == TEST_VERDICT) {
			verdict->rule = test->operand[0];
			verdict->accept = test->operand[1];
			return 0;
		}
		at = passes(test, &question) ? test->yes : test->no;
	}
	verdict->accept = 0;
	return 0;
}

#endif
