"""The demo, from nothing to its last proof.

What `make demo` does once the packages are installed: three hosts, a VPC with six VMs, its proofs
twice (the second time with server and agents dead), what may happen to pairs past the vrouter (black hole,
off and on, its agent killed, a VM moved), and a probe at 1 kHz from kill to settled.
"""

import subprocess
import tempfile
import time

from tests.bench.report import Report
from tests.support.lab import LANDBRIDGE, free_port, free_prefix, landbridge


def run() -> Report:
    """Measure in a lab of its own."""
    report = Report("demo", "The demo", " ".join((__doc__ or "").split("\n\n")[1].split()))
    with tempfile.TemporaryDirectory() as directory:
        place = ("--dir", directory, "--prefix", free_prefix(), "--port", str(free_port()))
        began = time.perf_counter()
        try:
            shown = subprocess.run([LANDBRIDGE, "lab", "demo", *place], capture_output=True, text=True, check=False)
            seconds = time.perf_counter() - began
        finally:
            landbridge("lab", "down", "--dir", directory)
    if shown.returncode:
        raise SystemExit(f"the demo failed:\n{shown.stdout[-4000:]}\n{shown.stderr[-4000:]}")
    report.add("from nothing to the last proof", f"{seconds:.0f} s", "180 s")
    return report
