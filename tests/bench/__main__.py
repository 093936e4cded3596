"""Run benchmarks: all, or those named; `--write` records them in docs/benchmarks.md."""

import importlib
import sys

from tests.bench.report import write

ALL = (
    "demo",
    "api",
    "vm_create",
    "scale",
    "kills",
    "dhcp_load",
    "port_cost",
    "port_cost_ovn",
    "port_restart",
    "shortcut_cost",
    "shortcut_setup",
    "signalling_share",
    "zsnp_attack",
    "nat_scale",
    "router_replaced",
    "nat_beside",
    "qos",
    "query_scale",
    "vtep_change",
    "routes",
)


def main() -> None:
    """Each prints its figures as it goes."""
    names = [name for name in sys.argv[1:] if name != "--write"] or list(ALL)
    reports = []
    for name in names:
        print(name, flush=True)
        reports.append(importlib.import_module(f"tests.bench.{name}").run())
    if "--write" in sys.argv:
        write(reports)


main()
