"""The agent of one vrouter, a process inside its network namespace.

`agent.RouterAgent` makes the namespace equal to the objects of scope `router:<uuid>`;
`main.run` is the process around it.  It holds nothing: killed and started again, it finds
everything right and changes nothing.
"""
