"""Asks HAProxy whether it would take a configuration, and reads what it says when it does not."""

import os
import re
import subprocess
from pathlib import Path

_PATIENCE_SECONDS = 10.0
_ALERT = re.compile(r"\[ALERT\] +\(\d+\) : (?:config : )?(?P<words>.*)")
_SUMMARY = re.compile(r"(Fatal e|E)rror\(?s\)? found in configuration|protocols failed to start")


class HaproxyError(Exception):
    """HAProxy refuses (its words), or cannot be run."""


def check(directory: Path, config: Path) -> str | None:
    """Why it would not take it, in its words; None when it would.  `directory`: where relative paths begin.

    Raises:
        HaproxyError: it cannot be run.
    """
    try:
        tested = subprocess.run(
            ["haproxy", "-c", "-C", str(directory), "-f", str(config)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HaproxyError(f"haproxy cannot be run: {error}") from error
    return None if tested.returncode == 0 else alerts(tested.stderr)


def alerts(said: str) -> str:
    """What went wrong, in HAProxy's words."""
    words = [match["words"] for match in _ALERT.finditer(said)]
    return "; ".join(one for one in words if not _SUMMARY.search(one)) or said.strip() or "it says nothing"


def write_secret(path: Path, text: str) -> None:
    """All of it or nothing, for root alone."""
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
