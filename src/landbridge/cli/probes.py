"""What a probe of `landbridge doctor` is, and how one is carried out.

Kernel features are used for real, in a scratch network namespace that is gone afterwards: a
feature that is compiled as a module, or forbidden in a container, shows only when it is used.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from landbridge.drivers import namespaces
from landbridge.drivers.nft import NftError

Role = Literal["host", "server"]


class Absent(Exception):
    """What a probe says when the machine does not offer something."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that a machine offers or not.

    use       what Landbridge needs it for
    instead   what helps or serves when it is missing
    attempt   gets the scratch namespace; returns a detail for people, raises `Absent`, OSError or NftError
    required  whether the role works at all without it
    scratch   whether it needs the scratch namespace, and so root
    """

    name: str
    use: str
    instead: str
    attempt: Callable[[str], str]
    required: bool = True
    scratch: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """A probe's outcome."""

    probe: Probe
    ok: bool
    detail: str


def examine(probe: Probe, scratch: str | None) -> Finding:
    """Carry out a probe.  No `scratch` namespace: it could not be made, or nobody is root."""
    if probe.scratch and scratch is None:
        return Finding(probe, False, "could not be tried: it needs root and network namespaces")
    try:
        return Finding(probe, True, probe.attempt(scratch or ""))
    except OSError as error:
        return Finding(probe, False, error.strerror or str(error))
    except (Absent, NftError, subprocess.SubprocessError) as error:
        return Finding(probe, False, str(error))


@contextmanager
def scratch_namespace() -> Iterator[str | None]:
    """A network namespace for the time of the probes; None if there can be none."""
    name = f"lb-doctor-{os.getpid()}"
    try:
        namespaces.create(name)
    except OSError:
        yield None
        return
    try:
        yield name
    finally:
        namespaces.delete(name)
