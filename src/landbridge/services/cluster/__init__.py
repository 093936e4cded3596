"""Clusters: hosts that share layer-2 networks.  The name to know: `SERVICE`."""

from landbridge.services.cluster.actions import SERVICE

__all__ = ["SERVICE"]
