"""`landbridge` against a real server: what people type, what they read."""

import hashlib
import json
import re
import stat
from pathlib import Path
from typing import Any

from click.shell_completion import ShellComplete
from click.testing import Result

from landbridge.cli.main import main
from tests.api.conftest import Server
from tests.unit.cli.conftest import Run


def decoded(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def refused(result: Result) -> str:
    """The one line that an error is."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    return line


def completed(*words: str, incomplete: str) -> list[str]:
    completer = ShellComplete(main, {}, "landbridge", "_LANDBRIDGE_COMPLETE")
    return [item.value for item in completer.get_completions(list(words), incomplete)]


def test_login_is_remembered_for_the_user_alone(server: Server, anonymous: Run, home: Path) -> None:
    assert "run `landbridge login" in refused(anonymous("zone", "query", LANDBRIDGE_URL=server.url))
    assert refused(anonymous("login", "--url", server.url, "--password", "wrong")).startswith("Error: ID.1000: ")
    anonymous("login", "--url", server.url, LANDBRIDGE_PASSWORD="password")
    file = home / "config" / "landbridge" / "login.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "password" not in file.read_text()
    assert anonymous("zone", "query").exit_code == 0
    session = json.loads(file.read_text())["session"]
    assert anonymous("logout").exit_code == 0
    assert not file.exists()
    line = refused(anonymous("zone", "query", LANDBRIDGE_URL=server.url, LANDBRIDGE_SESSION=session))
    assert line.startswith("Error: ID.1001: ")
    assert line.endswith("log in again with `landbridge login`")


def test_a_user_of_an_account_logs_in(server: Server, cli: Run, home: Path) -> None:
    """By the account's name, its own and its own password; it may do what its policies allow, for its account."""
    digest = {name: hashlib.sha512(name.encode()).hexdigest() for name in ("dep", "ann")}
    decoded(cli("account", "create", "--name", "dep", "--password", digest["dep"], "-o", "json"))
    login = ("login", "--url", server.url, "--account", "dep")
    assert cli(*login, "--password", "dep").exit_code == 0
    decoded(cli("user", "create", "--name", "ann", "--password", digest["ann"], "-o", "json"))
    for wrong in (
        ("--password", "ann"),
        ("--user", "ann", "--password", "dep"),
        ("--user", "bob", "--password", "ann"),
    ):
        assert refused(cli(*login, *wrong)).startswith("Error: ID.1000: ")
    said = cli(*login, "--user", "ann", "--password", "ann")
    assert said.stdout == f"logged in to {server.url} as ann of dep\n"
    assert json.loads((home / "config" / "landbridge" / "login.json").read_text())["user"] == "ann"
    assert [row["name"] for row in decoded(cli("user", "query", "-o", "json"))["inventories"]] == ["ann"]
    assert refused(cli("vip", "create", "--l3-network", "0" * 32, "--name", "v")).startswith("Error: ID.1002: ")


def test_a_session_is_never_sent_to_another_server(cli: Run) -> None:
    assert "not logged in to http://127.0.0.1:9" in refused(cli("zone", "query", LANDBRIDGE_URL="http://127.0.0.1:9"))


def test_nobody_there(anonymous: Run) -> None:
    line = refused(anonymous("zone", "query", LANDBRIDGE_URL="http://127.0.0.1:9", LANDBRIDGE_SESSION="0" * 32))
    assert (
        line == "Error: no answer from http://127.0.0.1:9 (Connection refused): does `landbridge server` run there?"
    )


def test_from_a_zone_to_a_subnet_by_names(cli: Run) -> None:
    zone = decoded(cli("zone", "create", "--name", "z", "-o", "json"))["inventory"]["uuid"]
    assert decoded(
        cli("cluster", "create", "--zone", "z", "--name", "c", "--hypervisor-type", "KVM", "-o", "json")
    )["inventory"]["zoneUuid"] == zone  # fmt: skip
    for arguments in (
        ("l2-vxlan-pool", "create", "--zone", "z", "--name", "pool"),
        ("vni-range", "create", "pool", "--name", "r", "--start-vni", "10", "--end-vni", "20"),
        ("l2-vxlan", "create", "--pool", "pool", "--name", "net"),
        ("l3", "create", "--l2-network", "net", "--name", "sub", "--type", "L3VpcNetwork"),
        ("ip-range", "add-by-network-cidr", "sub", "--name", "i", "--network-cidr", "10.1.0.0/24"),
        ("l3", "attach-network-service", "sub", "--network-services", "Flat=DHCP"),
        ("l3", "add-dns", "sub", "--dns", "1.1.1.1"),
    ):
        result = cli(*arguments)
        assert result.exit_code == 0, (arguments, result.output)
    table = cli("l3", "query", "name=sub").stdout.splitlines()
    assert table[0].split() == ["name", "uuid", "type", "networkCidr", "dns"]
    assert re.fullmatch(r"sub +[0-9a-f]{32} +L3VpcNetwork +10\.1\.0\.0/24 +1\.1\.1\.1 *", table[1])
    shown = decoded(cli("query", "l3-network", "ipRanges.networkCidr=10.1.0.0/24", "--fields", "name", "-o", "json"))
    assert shown["inventories"] == [{"name": "sub"}]
    assert re.search(r"^networkServices +DHCP$", cli("l3", "show", "sub").stdout, re.MULTILINE)


def test_names_that_mean_nothing_or_too_much(cli: Run) -> None:
    assert refused(cli("zone", "delete", "nowhere")) == (
        "Error: SYS.1003: no zone is called nowhere: `landbridge zone query` lists them"
    )
    uuids = [decoded(cli("zone", "create", "--name", "twin", "-o", "json"))["inventory"]["uuid"] for _ in range(2)]
    line = refused(cli("zone", "delete", "twin"))
    assert all(uuid in line for uuid in uuids)
    assert [cli("zone", "delete", uuid).exit_code for uuid in uuids] == [0, 0]
    assert cli("zone", "delete", uuids[0]).exit_code == 0, "deleting what is absent succeeds"


def test_refusals_have_the_code_and_the_remedy(cli: Run) -> None:
    cli("zone", "create", "--name", "full")
    cli("cluster", "create", "--zone", "full", "--name", "inside", "--hypervisor-type", "KVM")
    line = refused(cli("zone", "delete", "full"))
    assert line.startswith("Error: SYS.1006: Zone[full")
    assert "a cluster is in it" in line
    assert "name" in cli("zone", "create").stderr, "what is required is said before anything is sent"


def test_a_job_may_be_waited_for_later(cli: Run) -> None:
    job = decoded(cli("zone", "create", "--name", "later", "--no-wait", "-o", "json"))
    for where in (job["location"], job["location"].rpartition("/")[2]):
        assert decoded(cli("job", where, "-o", "json"))["inventory"]["name"] == "later"
    assert "HTTP 404" in refused(cli("job", "0" * 32))


def test_path_variables_are_quoted(cli: Run) -> None:
    assert decoded(cli("global-config", "update", "vm", "deletionPolicy", "--value", "Direct", "-o", "json"))
    assert "SYS.1007" in refused(cli("global-config", "update", "vm", "b?c#d e", "--value", "1"))


def test_completion_knows_nouns_verbs_options_and_names(cli: Run) -> None:
    cli("zone", "create", "--name", "completed")
    assert completed(incomplete="l2-vx") == ["l2-vxlan-network", "l2-vxlan-network-pool"]
    assert "attach-to-cluster" in completed("l2", incomplete="att")
    assert completed("cluster", "create", incomplete="--hyp") == ["--hypervisor-type"]
    assert completed("cluster", "create", "--zone", incomplete="compl") == ["completed"]
    assert completed("zone", "change-state", incomplete="compl") == ["completed"]
    assert completed("zone", "change-state", "x", "--state-event", incomplete="") == ["enable", "disable"]


def test_completion_is_silent_without_a_server(home: Path) -> None:
    assert completed("zone", "delete", incomplete="z") == []


def test_scripts_for_shells(anonymous: Run) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_LANDBRIDGE_COMPLETE" in anonymous("completion", shell).stdout
