/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A port's bandwidth: what is more is dropped, on whichever path it would go.  The bucket holds a second, and
 * never less than two buffers of segments yet to be cut: TCP that has lost a window waits for 0.2 s, and for
 * 0.6 s if it loses what it sends then, too; a bucket that is full before wastes the rest.
 */
#ifndef LANDBRIDGE_LIMIT_H
#define LANDBRIDGE_LIMIT_H

#include "maps.h"
#include "packet.h"

#define NS 1000000000ULL
#define LEAST_BUCKET NS
#define LEAST_BUCKET_BITS (8ULL << 17)
#define CUT_HEADERS 66	/* Ethernet, IPv4 and TCP with timestamps, of each further segment */

/* 0: it passes and is counted; else DROP_RATE.  Two processors at the same port may let a packet more pass. */
checked_once int police(struct __sk_buff *skb, const struct port *port, int egress)
{
	__u64 now = bpf_ktime_get_ns(), bits = skb->len, bucket, rate, *due;
	struct limits *limit;
	__u32 slot;

	if (!port)
		return 0;
	slot = port->slot;
	limit = bpf_map_lookup_elem(&limits, &slot);
	if (!limit)
		return 0;
	rate = egress ? limit->sent_rate : limit->received_rate;
	due = egress ? &limit->sent_due : &limit->received_due;
	if (!rate)
		return 0;
	bucket = LEAST_BUCKET_BITS * NS / rate;
	if (bucket < LEAST_BUCKET)
		bucket = LEAST_BUCKET;
	if ((__s64)(*due - now) > (__s64)bucket)
		return DROP_RATE;
	/* By size: of what a machine sends through a tap, the kernel has not counted the segments yet. */
	if (skb->gso_size && skb->len > CUT_HEADERS)
		bits += (skb->len - CUT_HEADERS - 1) / skb->gso_size * CUT_HEADERS;
	*due = ((__s64)(*due - now) > 0 ? *due : now) + bits * 8 * NS / rate;
	return 0;
}

#endif
