"""docs/api-coverage.md is made from the catalog and ZStack's table; run as a module this writes it anew."""

from collections.abc import Iterable
from pathlib import Path

from landbridge.core.api import Action
from landbridge.core.catalog import Catalog
from landbridge.server.services import SERVICES
from tests.support.api_table import Row, table

PAGE = Path(__file__).parents[2] / "docs" / "api-coverage.md"
_HEAD = """# Which of ZStack's actions there are

Made from the actions' declarations and `tests/data/api.tsv` by `python -m tests.support.api_coverage`.

The 621 actions of ZStack's SDK that have to do with private networks, by group. *Core* is what no VPC works without,
*expected* what its users look for, *fringe* the rest. `tests/api/test_conformance.py` holds what is served to it,
over HTTP. *Refuses* checks its parameters and then answers SYS.1006, which says what is missing and what to use.
"""
_FLAGS = ("core", "expected", "fringe")


def page() -> str:
    """The page."""
    actions = {action.name: action for action in Catalog(SERVICES).actions}
    groups = dict.fromkeys(row.group for row in table())
    return _HEAD + _sums(actions) + "".join(_section(group, actions) for group in groups) + _own(actions.values())


def _sums(actions: dict[str, Action]) -> str:
    text = "\n| | actions | served | refuses | not there |\n|---|--:|--:|--:|--:|\n"
    for flag in _FLAGS:
        rows = [row for row in table() if row.flag == flag]
        known = [actions[row.name] for row in rows if row.name in actions]
        refusing = sum(1 for action in known if action.unserved)
        text += f"| {flag} | {len(rows)} | {len(known) - refusing} | {refusing} | {len(rows) - len(known)} |\n"
    return text


def _section(group: str, actions: dict[str, Action]) -> str:
    rows = sorted((row for row in table() if row.group == group), key=lambda row: (_FLAGS.index(row.flag), row.name))
    return f"\n## {group}\n| action | | |\n|---|---|---|\n" + "".join(_line(row, actions) for row in rows)


def _line(row: Row, actions: dict[str, Action]) -> str:
    action = actions.get(row.name)
    if action is None:
        state = ""
    elif action.unserved:
        state = f"refuses: {action.unserved}"
    else:
        state = f"since {action.since}"
    return f"| {row.name} | {row.flag} | {state} |\n"


def _own(actions: Iterable[Action]) -> str:
    names = {row.name for row in table()}
    own = sorted(action.name for action in actions if action.name not in names)
    return "\n## Landbridge's own\n" + "".join(f"* {name}\n" for name in own)


if __name__ == "__main__":
    PAGE.write_text(page())
