"""DHCP for VMs, the protocol side: a codec and one decision function, no I/O.

`message` encodes and decodes (RFC 2131, 2132, 3396), `options` spells option values,
`responder.answer` says what one request gets, `frames` wraps it in Ethernet, `leases` remembers it.
The process around it is `landbridge.agent.dhcp_responder`.
"""
