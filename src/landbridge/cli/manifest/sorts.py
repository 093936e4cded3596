"""What can be written of each noun: a table.  The parameters are those of its create action, and come from there."""

from collections.abc import Mapping

from landbridge.cli.manifest.machines import MACHINES
from landbridge.cli.manifest.networks import NETWORKS
from landbridge.cli.manifest.services import SERVICES
from landbridge.cli.manifest.sort import Sort

SORTS: Mapping[str, Sort] = {sort.noun: sort for sort in (*NETWORKS, *MACHINES, *SERVICES)}
"""In the order in which they are made: what others need comes first."""

OTHERS = ("host", "image", "vm-nic", "vm-nic-in-security-group", "l2-network", "network-service-provider")
"""Nouns that manifests name, or plans look at, and do not make."""
