"""Hosts: Linux servers with an agent.

`actions` what users may do · `join` how a server becomes a host · `presence` what the server writes
down when an agent comes, speaks and goes · `project` what a host is told of itself.
The names to know: `SERVICE`; for the nodelink server `join.redeem` and `presence`.
"""

from landbridge.services.host.actions import SERVICE

__all__ = ["SERVICE"]
