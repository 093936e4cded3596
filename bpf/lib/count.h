/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* Counters, and the telling of drops to whoever watches. */
#ifndef LANDBRIDGE_COUNT_H
#define LANDBRIDGE_COUNT_H

#include <linux/pkt_cls.h>

#include "maps.h"
#include "packet.h"

inline_always void count_sent(struct __sk_buff *skb, const struct port *port)
{
	__u32 slot = port->slot;
	struct port_stats *stats = bpf_map_lookup_elem(&port_stats, &slot);

	if (stats) {
		stats->sent_packets++;
		stats->sent_bytes += skb->len;
	}
}

inline_always void count_received(struct __sk_buff *skb, const struct port *port)
{
	__u32 slot = port->slot;
	struct port_stats *stats = bpf_map_lookup_elem(&port_stats, &slot);

	if (stats) {
		stats->received_packets++;
		stats->received_bytes += skb->len;
	}
}

/* Counters are made when they are first needed; where their map is full, nothing is counted. */
inline_always void count(void *map, const void *key, __u64 bytes)
{
	struct counter *known = bpf_map_lookup_elem(map, key);

	if (known) {
		known->packets++;
		known->bytes += bytes;
	} else {
		struct counter first = { .packets = 1, .bytes = bytes };

		bpf_map_update_elem(map, key, &first, BPF_NOEXIST);
	}
}

inline_always void count_accepted(struct __sk_buff *skb, __u32 rule)
{
	struct rule_key key = { .port = skb->ifindex, .rule = rule };

	count(&accepted, &key, skb->len);
}

/* Copy the beginning of the frame into the event. */
checked_once int capture(struct __sk_buff *skb, struct event *event)
{
	if (event)
		event->captured = load_head(skb, event->head, EVENT_HEADERS);
	return 0;
}

/* Whether a port may tell of one more now: of as many in each span, so that none fills a ring for all. */
inline_always int may_tell(__u64 *began, __u64 *told, __u64 now, __u64 span, __u64 most)
{
	if (now - *began >= span) {
		*began = now;
		*told = 0;
	}
	return (*told)++ < most;
}

/* Tell of a drop, if somebody watches the port. */
checked_once int tell(struct __sk_buff *skb, __u32 reason, __u32 rule, int egress)
{
	__u32 port = skb->ifindex;
	struct watch *watch = bpf_map_lookup_elem(&watches, &port);
	struct event event;
	__u64 now;

	if (!watch)
		return 0;
	now = bpf_ktime_get_boot_ns();
	if (now >= watch->until)
		return 0;
	if (may_tell(&watch->began, &watch->told, now, EVENT_SPAN, EVENT_MOST)) {
		event = (struct event){
			.time = now,
			.port = port,
			.rule = rule,
			.length = skb->len,
			.reason = reason,
			.egress = egress,
		};
		capture(skb, &event);
		if (!bpf_ringbuf_output(&events, &event, sizeof(event), 0))
			return 0;
	}
	count(&untold, &port, skb->len);
	return 0;
}

inline_always int drop(struct __sk_buff *skb, __u16 reason, __u32 rule, int egress)
{
	struct drop_key key = { .port = skb->ifindex, .rule = rule, .reason = reason };

	count(&drops, &key, skb->len);
	tell(skb, reason, rule, egress);
	return TC_ACT_SHOT;
}

#endif
