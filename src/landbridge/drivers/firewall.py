"""The host's own tables in nftables (`render.firewall`)."""

import contextlib
from collections.abc import Sequence

from landbridge.core.plan import Key, Op
from landbridge.drivers.nft import Nft, NftError
from landbridge.render import firewall
from landbridge.render.kernel import Firewall, Value
from landbridge.render.kernel_rules import FIREWALL_KEY


class HostFirewall:
    """Reads and replaces both tables, whole."""

    def __init__(self) -> None:
        self._nft: Nft | None = None
        with contextlib.suppress(OSError):  # told when it is needed
            self._nft = Nft()
        self._applied: list[str] | None = None
        """The listings after our last change, without elements: others may have changed a rule."""

    def close(self) -> None:
        """Let go; the tables stay."""
        if self._nft is not None:
            self._nft.close()

    def read(self) -> dict[Key, Value]:
        """What is in force; nothing if it is not whole."""
        try:
            listings = self._listings()
        except (OSError, NftError):
            return {}
        if self._applied is not None and [firewall.without_elements(each) for each in listings] != self._applied:
            return {}
        value = firewall.parse(*listings)
        return {} if value is None else {FIREWALL_KEY: value}

    def apply(self, ops: Sequence[Op[Value]]) -> dict[Key, str]:
        """Put the tables in place."""
        for op in ops:
            if isinstance(op.after, Firewall):
                try:
                    self._open().run(firewall.text(op.after))
                    self._applied = [firewall.without_elements(each) for each in self._listings()]
                except (OSError, NftError) as error:
                    return {op.key: f"the host's stack cannot be closed to tenants: nftables: {error}"}
        return {}

    def _listings(self) -> list[str]:
        return [self._open().table(family, firewall.TABLE) or "" for family in firewall.FAMILIES]

    def _open(self) -> Nft:
        if self._nft is None:
            self._nft = Nft()
        return self._nft
