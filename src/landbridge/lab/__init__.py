"""A whole cloud on one machine: hosts, underlay, Internet as network namespaces.

`layout` (pure) says what is where, `network` makes it, `processes` runs server and agents with
the product's own commands, `cloud` makes zone, cluster and hosts through the public API.
Nothing here is needed on real hosts.
"""
