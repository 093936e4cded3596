"""ZSNP: how a vrouter's shortcuts are learnt, renewed and revoked.  Pure; see docs/protocol/zsnp.md.

messages   what is said, and how it looks on the wire
wire       header, fields, authentication
frames     Ethernet and IPv4 around a message
facts      what a host knows of itself
entry      the life of one shortcut: states and what ends them
host       the peer on every host: asks, installs, renews, answers
router     the peer in a vrouter: hints, renews, revokes

Peers have no clock, socket or randomness: what arrives and the time go in, what is to be sent and done
comes out, and `next_timer` says when to call again.
"""
