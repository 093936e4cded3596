"""Words of the command line: one command for each action, and the table of nouns says so."""

import click
import pytest

from landbridge.cli import generated
from landbridge.cli.main import _COMMANDS
from landbridge.cli.manifest.sorts import SORTS
from landbridge.cli.naming import HAND_WRITTEN, commands, kebab, path_variables
from landbridge.cli.nouns import ALIASES, MANIFESTS, NOUNS, merged
from landbridge.client.wire import actions
from landbridge.core.inventory import DATE_FIELDS
from landbridge.core.parameters import parameters


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("L2VxlanNetworkPool", "l2-vxlan-network-pool"),
        ("l3NetworkUuid", "l3-network-uuid"),
        ("KVMHost", "kvm-host"),
        ("enableIPAM", "enable-ipam"),
        ("ip6", "ip6"),
        ("vSwitchType", "v-switch-type"),
    ],
)
def test_kebab(name: str, words: str) -> None:
    assert kebab(name) == words


def test_path_variables() -> None:
    assert path_variables("/global-configurations/{category}/{name}/actions") == ["category", "name"]


@pytest.mark.parametrize(
    ("noun", "verb", "action"),
    [
        ("zone", "create", "CreateZone"),
        ("l3-network", "add-dns", "AddDnsToL3Network"),
        ("l2-network", "attach-to-cluster", "AttachL2NetworkToCluster"),
        ("l3-network", "attach-network-service", "AttachNetworkServiceToL3Network"),
        ("l3-network", "get-mtu", "GetL3NetworkMtu"),
        ("ip-range", "add-by-network-cidr", "AddIpRangeByNetworkCidr"),
        ("vpc-vrouter", "query", "QueryVpcRouter"),
        ("vpc-vrouter", "create", "CreateVpcVRouter"),
        ("vm-instance", "set-hostname", "SetVmHostname"),
        ("tag", "delete", "DeleteTag"),
        ("host-agent", "query", "QueryAgent"),
        ("security-group", "create", "CreateSecurityGroup"),
        ("security-group-rule", "add", "AddSecurityGroupRule"),
        ("security-group-rule", "validate", "ValidateSecurityGroupRule"),
        ("vm-nic", "add-to-security-group", "AddVmNicToSecurityGroup"),
        ("vm-nic", "set-security-group", "SetVmNicSecurityGroup"),
        ("vm-nic-security-policy", "change", "ChangeVmNicSecurityPolicy"),
        ("vm-nic-allowed-address-pair", "add", "AddVmNicAllowedAddressPair"),
        ("vm-instance", "set-clean-traffic", "SetVmCleanTraffic"),
        ("l2-network", "get-candidate-clusters", "GetCandidateClustersForAttachingL2Network"),
    ],
)
def test_an_action_is_found_where_people_look(noun: str, verb: str, action: str) -> None:
    assert commands(actions().values())[noun][verb].name == action


@pytest.mark.parametrize(
    ("words", "same"),
    [
        (("security-group", "rule", "add"), ("security-group-rule", "add")),
        (("sg", "rule", "query"), ("security-group-rule", "query")),
        (("vm-nic", "allowed-address-pair", "remove"), ("vm-nic-allowed-address-pair", "remove")),
        (("nic", "security-policy", "change"), ("vm-nic-security-policy", "change")),
        (("host", "join-token", "create"), ("host-join-token", "create")),
    ],
)
def test_a_noun_is_found_inside_the_one_it_belongs_to(words: tuple[str, ...], same: tuple[str, ...]) -> None:
    assert found(words) is found(same)


def found(words: tuple[str, ...]) -> click.Command:
    """The command that these words name."""
    command: click.Command | None = generated.group(words[0])
    for word in words[1:]:
        assert isinstance(command, click.Group)
        command = command.commands.get(word)
    assert command is not None
    return command


def test_no_noun_hides_a_verb() -> None:
    verbs = commands(actions().values())
    for noun in verbs:
        inner = {other.removeprefix(f"{noun}-") for other in verbs if other.startswith(f"{noun}-")}
        assert not inner & {*verbs[noun], "show"}, noun


def test_every_action_has_one_command() -> None:
    made = [action.name for verbs in commands(actions().values()).values() for action in verbs.values()]
    served = {name for name, action in actions().items() if not action.unserved}
    assert sorted(made) == sorted(served - HAND_WRITTEN)


def test_two_actions_of_one_command_are_refused() -> None:
    zone = actions()["CreateZone"]
    with pytest.raises(ValueError, match="both `zone create`"):
        commands([zone, zone])


def test_the_table_of_nouns_is_that_of_the_declarations() -> None:
    assert set(NOUNS) == set(commands(actions().values()))
    assert not set(NOUNS) & set(_COMMANDS)
    assert not set(ALIASES) & (set(NOUNS) | set(_COMMANDS))
    assert set(ALIASES.values()) <= set(NOUNS)


def test_what_services_write_of_themselves_in_manifests_is_made_by_their_actions() -> None:
    verbs = commands(actions().values())
    for noun, declared in MANIFESTS.items():
        made = verbs[noun]["create"]
        assert declared.creates == made.name
        assert declared.hidden <= {parameter.name for parameter in parameters(made.request)}
        assert SORTS[noun].creates == (declared.creates,)


def test_a_word_that_two_services_declare_is_refused() -> None:
    parts = [{"aliases": {"vm": "vm-instance"}}, {}, {"aliases": {"vm": "virtual-machine"}}]
    assert merged(parts[:2], "aliases") == {"vm": "vm-instance"}
    with pytest.raises(ValueError, match=r"two services declare vm in \[aliases\]"):
        merged(parts, "aliases")


def test_columns_are_fields_of_the_kind() -> None:
    for noun, verbs in commands(actions().values()).items():
        query = verbs.get("query")
        if query is None or query.kind is None:
            continue
        fields = {parameter.name for parameter in parameters(query.kind.doc)} - query.kind.internal | DATE_FIELDS
        known = fields | {name for name, relation in query.kind.relations.items() if relation.nested}
        wrong = [column for column in NOUNS[noun].columns if column.partition(".")[0] not in known]
        assert wrong == [], noun
