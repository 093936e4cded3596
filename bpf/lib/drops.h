/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* Why a packet was dropped.  Numbers are shared with landbridge.drivers.hooks.DropReason: only append. */
#ifndef LANDBRIDGE_DROPS_H
#define LANDBRIDGE_DROPS_H

enum drop_reason {
	DROP_UNKNOWN_PORT = 0,	/* no entry in `ports`: the port is not (or no longer) in force */
	DROP_MALFORMED = 1,	/* shorter than its headers say */
	DROP_TAGGED = 2,	/* an 802.1Q tag: would hide the headers that are checked */
	DROP_SIGNALLING = 3,	/* IP protocol 253 is between vrouters and hosts, never to or from a VM */
	DROP_DHCP_REQUEST = 4,	/* answered by the host itself; the packet socket has seen it */
	DROP_DHCP_REPLY = 5,	/* a VM is no DHCP server */
	DROP_OTHER_MAC = 6,	/* a unicast frame for somebody else */
	DROP_REASONS
};

#endif
