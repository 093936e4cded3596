"""Whether the kernel encrypts ESP: tried, in the network namespace of the caller, with keys that nobody uses.

A policy proves nothing: a kernel takes it without being able to encrypt.  The algorithms are the API's defaults.
"""

import subprocess

_KEY = "0x" + "00" * 32
_PEERS = "src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x4c42"
_STATE = f"ip xfrm state add {_PEERS} mode tunnel auth-trunc hmac(sha256) {_KEY} 128 enc cbc(aes) {_KEY}"
_DEVICE = "lbprobexfrm"
_SECONDS = 60
"""The first time the kernel loads modules, and these test themselves."""


def kernel_refusal() -> str | None:
    """Why charon has to encrypt itself, in the kernel's words; None when the kernel does it."""
    return _attempt(_STATE, f"ip xfrm state delete {_PEERS}") or _attempt(
        f"ip link add {_DEVICE} type xfrm if_id 76", f"ip link delete {_DEVICE}"
    )


def _attempt(command: str, undo: str) -> str | None:
    try:
        done = subprocess.run(command.split(), capture_output=True, text=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode != 0:
        return done.stderr.strip() or f"{command}: exit status {done.returncode}"
    subprocess.run(undo.split(), capture_output=True, check=False, timeout=_SECONDS)
    return None
