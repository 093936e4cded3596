/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* Signalling to a machine (protocol 253) is for the agent of its host: the machine never sees it. */
#ifndef LANDBRIDGE_SIGNAL_H
#define LANDBRIDGE_SIGNAL_H

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

/* Hand the frame to the agent; 0: there is no room. */
checked_once int hand_over(struct __sk_buff *skb)
{
	struct signal *signal = bpf_ringbuf_reserve(&signals, sizeof(*signal), 0);

	if (!signal)
		return 0;
	fill(skb, signal);
	bpf_ringbuf_submit(signal, 0);
	return 1;
}

#endif
