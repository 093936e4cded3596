"""The stages of a vrouter: in an order that nftables takes, exact before whole, and as their page says."""

import re
from dataclasses import replace

from landbridge.core.stages import STAGES
from landbridge.render.router_nft import RouterTable, router_table, skeleton
from tests.support.pipeline_doc import PAGE, page


def test_the_page_is_that_of_the_stages() -> None:
    assert PAGE.read_text() == page()


def test_chains_come_before_those_that_lead_to_them() -> None:
    known: set[str] = set()
    for stage in STAGES:
        assert {found for rule in stage.rules for found in re.findall(r"goto (\w+)", rule.text)} <= known
        known.add(stage.name)
    by_elements = {"translate_ports"}  # of the map `ports`
    assert {stage.name for stage in STAGES if not stage.base} <= by_elements | {
        found for stage in STAGES for rule in stage.rules for found in re.findall(r"goto (\w+)", rule.text)
    }


def test_exact_matches_come_before_whole_addresses() -> None:
    [stage] = [stage for stage in STAGES if stage.name == "translate_destinations"]
    exact = [at for at, rule in enumerate(stage.rules) if "@ports" in rule.text]
    [whole] = [at for at, rule in enumerate(stage.rules) if "@eips" in rule.text]
    assert max(exact) < whole


def test_who_has_no_use_for_a_stage_does_not_have_it() -> None:
    nothing = router_table([])
    several = replace(nothing, elements={**nothing.elements, "leg_marks": {'"eth0"': "0x1"}})
    chains = [set(re.findall(r"^chain (\w+)", skeleton(table), re.MULTILINE)) for table in (nothing, several)]
    assert chains[1] - chains[0] == {"answers", "own_answers"}
    assert chains[1] == {stage.name for stage in STAGES}


def test_every_set_is_declared_and_used() -> None:
    table = RouterTable({name: {"x": "y"} for name in router_table([]).elements})
    text = skeleton(table)
    declared = set(re.findall(r"^(?:set|map) (\w+) ", text, re.MULTILINE))
    assert set(re.findall(r"@(\w+)", text)) == declared - {"management_legs"}
    assert "${" not in text
