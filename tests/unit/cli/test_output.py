"""Answers as tables, JSON and YAML."""

import json

import pytest
import yaml

from landbridge.cli import output as out

ROWS = {
    "inventories": [
        {"name": "web", "uuid": "a" * 32, "vmNics": [{"ip": "10.0.0.2"}, {"ip": "10.0.0.3"}], "up": True},
        {"name": "[bold]db", "uuid": "b" * 32},
    ],
    "total": 2,
    "schema": {"inventories[0]": "x.Y"},
}


def test_json_and_yaml_are_the_api_s_answer_without_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = {"inventories": ROWS["inventories"], "total": 2}
    out.show(ROWS, "json")
    assert json.loads(capsys.readouterr().out) == wanted
    out.show(ROWS, "yaml")
    assert yaml.safe_load(capsys.readouterr().out) == wanted


def test_uuids_alone(capsys: pytest.CaptureFixture[str]) -> None:
    out.show(ROWS, "uuid")
    out.show({"inventory": {"uuid": "c"}}, "uuid")
    assert capsys.readouterr().out.split() == ["a" * 32, "b" * 32, "c"]


def test_a_map_is_shown_by_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    answer = {"inventories": {"a-b": {"from": "a", "uuid": "1"}, "b-a": {"from": "b", "uuid": "2"}}}
    out.show(answer, "table", ("from",))
    assert capsys.readouterr().out.split() == ["from", "a", "b"]
    out.show(answer, "uuid")
    assert capsys.readouterr().out == "1\n2\n"
    out.show(answer, "json")
    assert json.loads(capsys.readouterr().out) == answer


def test_a_table_never_cuts_a_uuid(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    out.show(ROWS, "table", ("name", "uuid", "vmNics.ip"))
    head, web, db, total = capsys.readouterr().out.splitlines()
    assert head.split() == ["name", "uuid", "ip"]
    assert web.split() == ["web", "a" * 32, "10.0.0.2,", "10.0.0.3"]
    assert db.split() == ["[bold]db", "b" * 32]
    assert total == "2 in all"


def test_nothing_found_says_so_beside_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    out.show({"inventories": []}, "table", ("name",))
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "none\n")


def test_one_resource_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    out.show({"inventory": {"uuid": "u", "token": "x" * 200, "dns": ["1.1.1.1"], "isDefault": False}}, "table")
    assert capsys.readouterr().out.splitlines() == [
        "uuid       u",
        f"token      {'x' * 200}",
        "dns        1.1.1.1",
        "isDefault  no",
    ]


def test_cells() -> None:
    assert out.cell(None) == ""
    assert out.cell([{"name": "r", "uuid": "u"}, {"uuid": "v"}, {"x": 1}]) == "r, v, x: 1"
    assert out.cell({"SNAT": ["a", "b"]}) == "SNAT: a, b"
    assert out.at({"a": [{"b": 1}, {}, {"b": 2}]}, "a.b") == [1, 2]


def test_watch_prints_changes_only(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out, "WATCH_SECONDS", 0)
    answers = iter([{"total": 1}, {"total": 1}, {"total": 2}])

    def fetch() -> dict[str, int]:
        try:
            return next(answers)
        except StopIteration:
            raise KeyboardInterrupt from None

    with pytest.raises(KeyboardInterrupt):
        out.watch(fetch, "json", ())
    assert [json.loads(text + "}") for text in capsys.readouterr().out.split("}\n") if text] == [
        {"total": 1},
        {"total": 2},
    ]
