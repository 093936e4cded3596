/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* Signalling to a machine (protocol 253) is for the agent of its host: the machine never sees it. */
#ifndef LANDBRIDGE_SIGNAL_H
#define LANDBRIDGE_SIGNAL_H

#include "count.h"
#include "packet.h"
#include "shortcut_maps.h"

/* A function, so that the object describes the struct to the agent; static: the verifier of 5.15 sees its memory. */
static __attribute__((noinline)) int fill(struct __sk_buff *skb, struct signal *signal)
{
	signal->port = skb->ifindex;
	signal->length = skb->len;
	signal->reserved = 0;
	signal->captured = load_head(skb, signal->frame, SIGNAL_HEAD);
	return 0;
}

/* Put the frame where the agent reads; 0: there is no room. */
inline_always int tell_agent(struct __sk_buff *skb)
{
	struct signal *signal = bpf_ringbuf_reserve(&signals, sizeof(*signal), 0);

	if (!signal)
		return 0;
	fill(skb, signal);
	bpf_ringbuf_submit(signal, 0);
	return 1;
}

/* Whether the agent may have use for the packet.  Signalling is for one machine, and is never cut. */
inline_always int is_signal(const struct port *port, const struct packet *p)
{
	__u32 net_id = port->net_id;

	return p->fragment == WHOLE && !is_multicast(p->destination_mac) && bpf_map_lookup_elem(&signalled, &net_id);
}

/* Hand the frame to the agent; 0: it has no use for it, its port has had its share, or there is no room. */
checked_once int hand_over(struct __sk_buff *skb, const struct port *port, const struct packet *p)
{
	struct budget *budget;
	__u32 slot;

	if (!port || !p || !is_signal(port, p))
		return 0;
	slot = port->slot;
	budget = bpf_map_lookup_elem(&signal_budgets, &slot);
	if (!budget || !may_tell(&budget->began, &budget->told, bpf_ktime_get_boot_ns(), SIGNAL_SPAN, SIGNAL_MOST))
		return 0;
	return tell_agent(skb);
}

#endif
