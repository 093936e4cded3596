"""The words of ZQL: a text cut into them, and read one after the other.  The grammar is in `core/zql.py`."""

import re
from dataclasses import dataclass

from landbridge.model.errors import ApiError, argerr

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
  | (?P<number>-?\d+(?:\.\d+)?)
  | (?P<path>[A-Za-z_][A-Za-z0-9_]*(?:\s*\.\s*[A-Za-z_][A-Za-z0-9_]*)*)
  | (?P<mark>!=|>=|<=|[=<>(),;])
  | (?P<end>$)
)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    what: str
    text: str
    at: int


class Words:
    """Base of a reader: where it is in a text.  SYS.1007 for a text that is not made of words."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    @property
    def ended(self) -> bool:
        """Nothing is left."""
        return self._comes("end")

    def end(self) -> None:
        """SYS.1007 unless nothing is left."""
        if not self.ended:
            raise self._unexpected("the end")

    def takes(self, *words: str) -> bool:
        """Whether these come next (keywords in any case); they are read then."""
        following = self._tokens[self._at : self._at + len(words)]
        if len(following) < len(words) or any(
            token.what not in ("path", "mark") or token.text.lower() != word
            for token, word in zip(following, words, strict=True)
        ):
            return False
        self._at += len(words)
        return True

    def _need(self, *words: str) -> None:
        if not self.takes(*words):
            raise self._unexpected(f"'{' '.join(words)}'")

    def _next(self, what: str) -> str:
        token = self._tokens[self._at]
        if token.what != what:
            raise self._unexpected({"path": "a name", "number": "a number", "string": "a string"}[what])
        self._at += 1
        return token.text

    def _string(self) -> str:
        return re.sub(r"\\(.)", r"\1", self._next("string")[1:-1], flags=re.DOTALL)

    def _comes(self, what: str) -> bool:
        return self._tokens[self._at].what == what

    def _unexpected(self, wanted: str) -> ApiError:
        token = self._tokens[self._at]
        found = f"'{token.text}'" if token.text else "the end"
        return argerr(f"ZQL: expected {wanted} at character {token.at + 1}, found {found}")


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise argerr(f"ZQL cannot be read at character {at + 1}: {text[at : at + 20]!r}")
        word = match[match.lastgroup]
        found.append(
            _Token(
                match.lastgroup,
                re.sub(r"\s", "", word) if match.lastgroup == "path" else word,
                match.start(match.lastgroup),
            )
        )
        if match.lastgroup == "end":
            return found
        at = match.end()
