/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* Why a packet was dropped.  Numbers are shared with landbridge.model.drops.DropReason: only append. */
#ifndef LANDBRIDGE_DROPS_H
#define LANDBRIDGE_DROPS_H

enum drop_reason {
	DROP_UNKNOWN_PORT = 0,	/* no entry in `ports`: the port is not (or no longer) in force */
	DROP_MALFORMED = 1,	/* shorter than its headers say, or built to be read in two ways */
	DROP_TAGGED = 2,	/* an 802.1Q tag: would hide the headers that are checked */
	DROP_SIGNALLING = 3,	/* IP protocol 253 is between vrouters and hosts, never to or from a VM */
	DROP_DHCP_REQUEST = 4,	/* answered by the host itself; the packet socket has seen it */
	DROP_DHCP_REPLY = 5,	/* a VM is no DHCP server */
	DROP_OTHER_MAC = 6,	/* a unicast frame for somebody else */
	DROP_SOURCE_MAC = 7,	/* sent with a MAC that is not the port's */
	DROP_SOURCE_ADDRESS = 8,	/* sent with an address that is not the port's */
	DROP_ARP_IDENTITY = 9,	/* ARP that claims somebody else's address or MAC */
	DROP_ND_IDENTITY = 10,	/* neighbour discovery that does */
	DROP_ROUTER_ADVERTISEMENT = 11,	/* a VM is no router: RA, redirect */
	DROP_OTHER_PROTOCOL = 12,	/* neither IP nor ARP */
	DROP_RESERVED_MAC = 13,	/* a MAC of the cloud itself */
	DROP_EXTENSION_HEADERS = 14,	/* more IPv6 extension headers than are looked through */
	DROP_FRAGMENT = 15,	/* a later fragment whose first one did not pass */
	DROP_EGRESS = 16,	/* the security groups of the sender */
	DROP_INGRESS = 17,	/* the security groups of the receiver */
	DROP_REVOKED = 18,	/* an established connection that they no longer allow */
	DROP_NO_TABLE = 19,	/* the port has no table for its connections */
	DROP_RATE = 20,	/* more than the port's bandwidth */
	DROP_REASONS
};

#endif
