"""From an action's name to the words that people type: `CreateZone` is `landbridge zone create`.

The noun is what the action is about; the verb has the rest: `AddDnsToL3Network` is
`l3-network add-dns`, `AttachL2NetworkToCluster` is `l2-network attach-to-cluster`.
"""

import re
from collections.abc import Iterable
from string import Formatter

from landbridge.cli.nouns import NAMES
from landbridge.core.api import Action

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]{2,}(?![a-z0-9])|[A-Z][a-z0-9]*|[a-z0-9]+")
_RELATED = re.compile(r"^(?P<thing>.+?)(?P<how>To|From|For)(?:Attaching)?(?P<noun>[A-Z].*)$")
HAND_WRITTEN = frozenset({"LogInByAccount", "LogInByUser", "LogIn", "LogOut", "ZQLQuery", "BatchQuery"})
"""`landbridge login`, `logout` and `query zql` do these; scripts are nothing to type."""


def kebab(name: str) -> str:
    """`L2VxlanNetwork`, `enableIPAM` -> `l2-vxlan-network`, `enable-ipam`."""
    return "-".join(word.lower() for word in _WORD.findall(name))


def path_variables(path: str) -> list[str]:
    """Names of the variables of a path, in order."""
    return [name for _, name, _, _ in Formatter().parse(path) if name]


def commands(actions: Iterable[Action]) -> dict[str, dict[str, Action]]:
    """Noun -> verb -> action.  Two actions of one command are a ValueError that names them."""
    listed = [action for action in actions if action.name not in HAND_WRITTEN and not action.unserved]
    known = sorted({*_nouns(listed), *NAMES}, key=len, reverse=True)
    found: dict[str, dict[str, Action]] = {}
    for action in listed:
        noun, verb = _split(action.name, known)
        verbs = found.setdefault(noun, {})
        if verb in verbs:
            raise ValueError(f"{action.name} and {verbs[verb].name} are both `{noun} {verb}`")
        verbs[verb] = action
    return found


def _nouns(actions: Iterable[Action]) -> set[str]:
    """What can be queried or made."""
    return {_rest(action.name) for action in actions if action.name.startswith(("Query", "Create"))}


def _rest(name: str) -> str:
    return name[len(_WORD.findall(name)[0]) :]


def _split(name: str, known: list[str]) -> tuple[str, str]:
    """Noun and verb of an action; `known` nouns, the longest first."""
    verb, rest = kebab(_WORD.findall(name)[0]), _rest(name)
    if rest in known:
        return _noun(rest), verb
    if related := _RELATED.match(rest):
        thing, how, noun = related["thing"], related["how"].lower(), related["noun"]
        if thing in known and noun in known:
            return _noun(thing), f"{verb}-{how}-{kebab(noun)}"
        if noun in known:
            return _noun(noun), f"{verb}-{kebab(thing)}"
    for noun in known:
        after = rest.removeprefix(noun)
        if after != rest and after[:1].isupper():
            return _noun(noun), f"{verb}-{kebab(after)}"
    return kebab(rest), verb


def _noun(name: str) -> str:
    return NAMES.get(name) or kebab(name)
