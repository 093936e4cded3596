"""The node state on disk: what this host must be, known also with the server away.

A journal of the messages that brought it, one JSON line each, so that one more port costs one
more line; now and then it is rewritten as the one message that says it all.
"""

import contextlib
from pathlib import Path
from typing import BinaryIO

import msgspec

from landbridge.drivers.processes import write_atomically
from landbridge.model.node import AnyObject
from landbridge.model.nodelink import ScopeDelta, StateMessage
from landbridge.render.view import Entry

_MIN_REWRITE_BYTES = 1 << 20


FILE = "node.jsonl"
"""Its name in an agent's state directory."""


class Scopes:
    """Scopes with their revisions and objects, as messages have brought them."""

    def __init__(self, path: Path) -> None:
        """Load what is there; a line that a crash cut off is left out, the server sends it again."""
        self.revisions: dict[str, int] = {}
        self._scopes: dict[str, dict[str, AnyObject]] = {}
        decoder = msgspec.json.Decoder(StateMessage)
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            for line in file:
                try:
                    self._apply(decoder.decode(line))
                except msgspec.DecodeError:
                    break

    def objects(self) -> dict[Entry, AnyObject]:
        """Everything that is known."""
        return {(scope, key): value for scope, held in self._scopes.items() for key, value in held.items()}

    def _apply(self, message: StateMessage) -> dict[Entry, AnyObject | None]:
        changes: dict[Entry, AnyObject | None] = {}
        for scope in message.dropped:
            changes |= {(scope, key): None for key in self._scopes.pop(scope, {})}
            self.revisions.pop(scope, None)
        for scope, delta in message.scopes.items():
            held = self._scopes.setdefault(scope, {})
            gone = held.keys() - delta.put.keys() if delta.full else held.keys() & set(delta.gone)
            for key in gone:
                del held[key]
                changes[scope, key] = None
            for key, value in delta.put.items():
                if held.get(key) != value:
                    held[key] = value
                    changes[scope, key] = value
            self.revisions[scope] = delta.revision
        return changes


class NodeState(Scopes):
    """The agent's own, kept in `path` with every message that it takes."""

    def __init__(self, path: Path) -> None:
        """Load what is there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path)
        self._path = path
        self._file = self._rewrite()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def take(self, message: StateMessage) -> dict[Entry, AnyObject | None]:
        """Keep a message, on disk first; returns what it changes (None: gone)."""
        self._file.write(msgspec.json.encode(message) + b"\n")
        self._file.flush()
        changes = self._apply(message)
        if self._file.tell() > max(_MIN_REWRITE_BYTES, 2 * self._whole):
            self._file.close()
            self._file = self._rewrite()
        return changes

    def _rewrite(self) -> BinaryIO:
        scopes = {
            scope: ScopeDelta(revision=revision, full=True, put=self._scopes.get(scope, {}))
            for scope, revision in self.revisions.items()
        }
        whole = msgspec.json.encode(StateMessage(scopes=scopes)) + b"\n"
        write_atomically(self._path, whole)
        self._whole = len(whole)
        return self._path.open("ab")
