"""Two hundred seeded kills of server, agents and vrouter-agents, over all operations.

After each one everything is started again, and kernels, flood lists, namespaces and claims must
equal the database.  A difference ends the run with its seed.
"""

import os
import random
import subprocess
import sys
import time

from tests.bench.report import Report

KILLS = 200


def run() -> Report:
    """The fault test of the running cloud, longer."""
    report = Report("kills", "Random kills", " ".join((__doc__ or "").split("\n\n")[1].split()))
    seed = os.environ.get("LANDBRIDGE_SEED") or str(random.SystemRandom().randrange(1 << 32))
    environment = {**os.environ, "LANDBRIDGE_KILLS": str(KILLS), "LANDBRIDGE_SEED": seed}
    began = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "tests/cloud/test_faults.py", "-x"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"seed {seed}:\n{done.stdout[-8000:]}")
    report.add(f"kills with no difference afterwards (seed {seed})", f"{KILLS} of {KILLS}", f"{KILLS}")
    report.add("time", f"{time.perf_counter() - began:.0f} s")
    return report
