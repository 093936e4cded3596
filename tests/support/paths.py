"""Directories of tests, as those are that the product makes for itself."""

from pathlib import Path


def open_up(directory: Path) -> None:
    """Let others through, as below /run and /var/lib: pytest's directories are closed, and dnsmasq runs as nobody."""
    for each in (directory, *directory.parents):
        if each.exists() and each.stat().st_mode & 0o077 == 0:
            each.chmod(0o711)
