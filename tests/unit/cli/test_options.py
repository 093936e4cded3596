"""What is typed becomes parameters."""

from typing import Annotated, Any

import msgspec
import pytest

from landbridge.cli.errors import CliError
from landbridge.cli.options import given, options
from landbridge.core.api import Action, P, Request, action


class _Request(Request, kw_only=True):
    """Do it."""

    l3_network_uuid: Annotated[str, P(help="the network", ref="L3NetworkVO")]
    dns: Annotated[str | None, P()] = None
    cluster_uuids: Annotated[list[str] | None, P(ref="ClusterVO")] = None
    size: Annotated[int | None, P()] = None
    enabled: Annotated[bool | None, P()] = None
    mode: Annotated[str | None, P(values=("a", "b"))] = None
    services: Annotated[dict[str, list[str]] | None, P()] = None
    labels: Annotated[dict[str, str] | None, P()] = None
    extra: Annotated[Any, P()] = None
    image: Annotated[str | None, P()] = None
    image_uuid: Annotated[str | None, P(ref="ImageVO")] = None
    client_info: Annotated[str | None, P(help="accepted, not used")] = None


def _handler(_context: Any, _request: _Request) -> Any:
    raise AssertionError


ACTION: Action = action(
    "Do", "POST", "/l3-networks/{l3NetworkUuid}/dns/{dns}", _handler, _Request, message="x.APIDoMsg"
)
FLAGS = {option.name: (option.opts, option.secondary_opts) for option in options(ACTION, lambda _vo: lambda *_: [])}


def test_options_have_their_full_name_and_a_short_one_where_names_are_taken() -> None:
    assert FLAGS["l3_network_uuid"][0] == ["--l3-network", "--l3-network-uuid"]
    assert FLAGS["cluster_uuids"][0] == ["--cluster", "--cluster-uuids"]
    assert FLAGS["enabled"] == (["--enabled"], ["--no-enabled"])
    assert FLAGS["image"][0] == ["--image"]
    assert FLAGS["image_uuid"][0] == ["--image-uuid"], "--image is another parameter"


def test_what_has_no_effect_is_not_shown() -> None:
    hidden = {
        option.name for option in options(ACTION, lambda _vo: lambda *_: []) if getattr(option, "hidden", False)
    }
    assert hidden == {"client_info"}


def test_only_what_was_typed_is_sent() -> None:
    typed = {"l3_network_uuid": "n", "dns": None, "cluster_uuids": (), "enabled": False, "size": 0}
    assert given(ACTION, typed, ["1.1.1.1"]) == {
        "l3NetworkUuid": "n",
        "dns": "1.1.1.1",
        "enabled": False,
        "size": 0,
    }


def test_places_fill_the_path_in_its_order() -> None:
    assert given(ACTION, {}, ["n", "1.1.1.1"]) == {"l3NetworkUuid": "n", "dns": "1.1.1.1"}
    with pytest.raises(CliError, match="--dns is missing"):
        given(ACTION, {}, ["n"])
    with pytest.raises(CliError, match="unexpected argument more"):
        given(ACTION, {}, ["n", "d", "more"])


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        (("vrouter=SNAT,DNS", "Flat=DHCP"), {"vrouter": ["SNAT", "DNS"], "Flat": ["DHCP"]}),
        (('{"Flat": ["DHCP"]}',), {"Flat": ["DHCP"]}),
    ],
)
def test_maps(typed: tuple[str, ...], value: dict[str, list[str]]) -> None:
    assert given(ACTION, {"services": typed}, ["n", "d"])["services"] == value


def test_maps_of_strings_keep_commas() -> None:
    assert given(ACTION, {"labels": ("a=1,2", "b=x=y")}, ["n", "d"])["labels"] == {"a": "1,2", "b": "x=y"}
    with pytest.raises(CliError, match="not KEY=VALUE"):
        given(ACTION, {"labels": ("a",)}, ["n", "d"])


def test_every_declared_request_can_be_typed() -> None:
    assert {parameter.name for parameter in msgspec.structs.fields(_Request)} == set(FLAGS)
