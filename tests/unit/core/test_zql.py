"""ZQL: what is written is what is asked, and nothing that anybody writes is worse than a refusal."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.core import zql
from landbridge.core.catalog import Catalog
from landbridge.core.query import Among, Both, Condition, Either, Statement, Tree
from landbridge.model.errors import ApiError
from landbridge.server.services import SERVICES

CATALOG = Catalog(SERVICES)
WORDS = (
    "query vminstance where ( ) name . cpuNum = != like 'a' \"b\" 5 and or in not is null has order by limit -1 "
    "count sum ; , offset restrict return with total group named as filter true [ \\ '"
)
STATE_A, STATE_B = ["state", "=", "a"], ["state", "=", "b"]


def one(text: str) -> Statement:
    (found,) = zql.parse(CATALOG, text)
    return found


def shown(tree: Tree) -> Any:
    """A tree in brief."""
    match tree:
        case Both(parts):
            return ["and", *map(shown, parts)]
        case Either(parts):
            return ["or", *map(shown, parts)]
        case Among():
            way = ".".join([*(step.kind.vo for step in tree.steps), tree.name])
            return [way, "not in" if tree.negated else "in", tree.kind.vo, tree.field, *map(shown, tree.where)]
        case Condition():
            return [".".join([*(step.kind.vo for step in tree.steps), tree.name]), tree.operator, tree.value]


def test_a_whole_statement() -> None:
    found = one(
        "QUERY vminstance.name, uuid where name = 'a\\'b' AND (cpuNum >= 2 or state in ('Running',\"Stopped\")) "
        "restrict by (zone.name = 'z') return with (total) order by name desc limit 5 offset 2 "
        "filter by description is not null named as 'mine';"
    )
    assert (found.kind.vo, found.name) == ("VmInstanceVO", "mine")
    spec = found.spec
    assert (spec.fields, spec.sort, spec.limit, spec.start) == (("name", "uuid"), ("name", "string", True), 5, 2)
    assert (spec.with_total, spec.count_only, spec.group_by) == (True, False, None)
    assert [shown(part) for part in spec.conditions] == [
        ["and", ["name", "=", "a'b"], ["or", ["cpuNum", ">=", "2"], ["state", "in", ("Running", "Stopped")]]],
        ["ZoneVO.name", "=", "z"],
        ["description", "is not null", ""],
    ]


@pytest.mark.parametrize(
    ("condition", "tree"),
    [
        ("name != 'x'", ["name", "!=", "x"]),
        ("name not like '%x'", ["name", "not like", "%x"]),
        ("name not in ('x')", ["name", "not in", ("x",)]),
        ("description is null", ["description", "is null", ""]),
        ("state = 'a' or state = 'b' and cpuNum < 3", ["or", STATE_A, ["and", STATE_B, ["cpuNum", "<", "3"]]]),
        ("(state = 'a' or state = 'b') and state = 'a'", ["and", ["or", STATE_A, STATE_B], STATE_A]),
        ("__userTag__ has ('p','q')", ["and", ["UserTagVO.tag", "=", "p"], ["UserTagVO.tag", "=", "q"]]),
        ("__systemTag__ not has ('p')", ["and", ["SystemTagVO.tag", "!=", "p"]]),
        ("__userTag__ is null", ["UserTagVO.tag", "not like", "%"]),
        ("vmNics . l3Network . name = 'n'", ["VmNicVO.L3NetworkVO.name", "=", "n"]),
        ("vmNics.__tagUuid__ = 'n'", ["VmNicVO.UserTagVO.tagPatternUuid", "=", "n"]),
        (
            "vmNics.l3NetworkUuid in (query l3network.uuid where name = 'n')",
            ["VmNicVO.l3NetworkUuid", "in", "L3NetworkVO", "uuid", ["name", "=", "n"]],
        ),
        ("uuid not in (query vmnic.vmInstanceUuid)", ["uuid", "not in", "VmNicVO", "vmInstanceUuid"]),
    ],
)
def test_conditions(condition: str, tree: Any) -> None:
    (found,) = one(f"query vminstance where {condition}").spec.conditions
    assert shown(found) == tree


def test_restrictions_find_the_way() -> None:
    (found,) = one("query vmnic restrict by (zone.name = 'z')").spec.conditions
    assert shown(found) == ["VmInstanceVO.ZoneVO.name", "=", "z"]
    (own,) = one("query zone restrict by (zone.name = 'z')").spec.conditions
    assert shown(own) == ["name", "=", "z"]
    (alone,) = one("query zone restrict by (name = 'z')").spec.conditions
    assert shown(alone) == ["name", "=", "z"]


def test_counts_sums_and_several() -> None:
    counted, summed = zql.parse(CATALOG, "count vminstance group by state; sum vminstance.cpuNum by clusterUuid")
    assert (counted.spec.count_only, counted.spec.group_by) == (True, "state")
    assert (summed.spec.sums, summed.spec.group_by) == (("cpuNum",), "clusterUuid")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected 'query', 'count' or 'sum' at character 1, found the end"),
        ("query nothing", "ZQL knows no 'nothing'; it knows"),
        ("query vminstance where nmae = 'x'", "did you mean name"),
        ("query vminstance where name 'x'", "expected an operator at character 29"),
        ("query vminstance where name = x", "expected a string, a number, true or false"),
        ("query vminstance where cpuNum = 'many'", "'many' is no number"),
        ("query vminstance where name = 'x", "cannot be read at character"),
        ("query vminstance limit -1", "no whole number"),
        ("query vminstance limit 99999999999", "no whole number"),
        ("query vminstance return with (zwatch)", "only total"),
        ("query vminstance query", "expected the end"),
        ("sum vminstance.name", "a sum is of number fields"),
        ("sum vminstance", "a sum is of number fields"),
        ("query vminstance where uuid in (query vmnic)", "gives one field"),
        ("query account restrict by (vmnic.ip = 'x')", "has nothing to do with"),
        (f"query zone where {'(' * 60}name = 'x'{')' * 60}", "more than 50 brackets"),
    ],
)
def test_refusals(text: str, words: str) -> None:
    with pytest.raises(ApiError) as raised:
        zql.parse(CATALOG, text)
    assert raised.value.code == "SYS.1007"
    assert words in raised.value.details


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS.split()), max_size=25).map(" ".join)))
def test_anything_is_read_or_refused(text: str) -> None:
    with suppress(ApiError):
        zql.parse(CATALOG, text)


LEAVES = st.tuples(
    st.sampled_from(["name", "state", "description"]),
    st.sampled_from(["=", "!=", "like"]),
    st.text("ab'\\\" %", max_size=4),
)
TREES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
    max_leaves=8,
)


def written(tree: Any) -> str:
    if len(tree) == 2:
        return "(" + f" {tree[0]} ".join(map(written, tree[1])) + ")"
    name, operator, value = map(str, tree)
    return f"{name} {operator} '" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def meant(tree: Any) -> Any:
    return list(tree) if len(tree) == 3 else [tree[0], *map(meant, tree[1])]


@given(TREES)
def test_what_is_written_is_what_is_read(tree: Any) -> None:
    (found,) = one(f"query vminstance where {written(tree)}").spec.conditions
    assert shown(found) == meant(tree)
