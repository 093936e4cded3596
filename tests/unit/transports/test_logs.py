"""Logs are for people who operate the cloud, and who are not to learn what users keep to themselves."""

import json
import subprocess
import sys

_CRASH = """
import structlog
from landbridge.transports import logs

def log_in(password):
    raise ValueError("no")

logs.configure()
try:
    log_in("s3cret")
except ValueError:
    structlog.get_logger().exception("crashed")
"""


def test_a_crash_tells_where_and_not_what_was_there() -> None:
    done = subprocess.run([sys.executable, "-c", _CRASH], capture_output=True, text=True, check=True)
    line = json.loads(done.stderr)
    assert line["event"] == "crashed"
    [crash] = line["exception"]
    assert (crash["exc_type"], crash["frames"][-1]["name"]) == ("ValueError", "log_in")
    assert "s3cret" not in done.stderr
