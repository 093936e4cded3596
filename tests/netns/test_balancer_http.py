"""Listeners of HTTP and HTTPS in a vrouter's namespace, with real HAProxy, servers, certificates."""

import contextlib
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from msgspec.structs import replace

from landbridge.drivers.enter import in_namespace
from landbridge.model.balancer_node import Balancer, Cookie, HealthCheck, Member, Redirect, Route, Tls
from landbridge.model.router_node import VipAddress
from tests.netns import router_world
from tests.netns.balanced import PLAIN, PORT, VIP, A, B, C, balanced, connect, get, told, webs
from tests.netns.guest_fixtures import eventually
from tests.netns.router_world import ROUTER, WEB, World, objects
from tests.support.certificates import certificate

pytestmark = pytest.mark.netns

HTTP = replace(PLAIN, protocol="http")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with router_world.world(tmp_path) as made:
        yield made


def has(world: World, *listeners: Balancer) -> None:
    """The router balances these from now on."""
    assert world.update(objects() | balanced(*listeners)) == {}


def trusting(*certificates: str) -> ssl.SSLContext:
    """A client that accepts these and nobody else."""
    context = ssl.create_default_context()
    context.load_verify_locations(cadata="".join(one.partition("-----BEGIN PRIVATE")[0] for one in certificates))
    return context


def bodies(world: World, times: int, **headers: str) -> Counter[str]:
    """Which servers answer so many requests."""
    return Counter(get(world, **headers)[2].partition("\n")[0] for _ in range(times))  # type: ignore[arg-type]


def test_requests_are_shared_out_and_servers_learn_the_client(world: World) -> None:
    with webs(world, A, B):
        has(world, HTTP)
        assert bodies(world, 10) == {A: 5, B: 5}
        status, _, seen = get(world, "/path?x=1")
        assert (status, seen.splitlines()[1]) == (200, "/path?x=1")
        assert f"x-forwarded-for: {WEB}" in seen.lower()
        assert "x-forwarded-proto: http\n" in seen.lower()


def test_without_servers_it_says_so(world: World) -> None:
    has(world, replace(HTTP, members=()))
    assert get(world)[0] == 503


@pytest.mark.parametrize(("code", "lives"), [(200, True), (301, True), (404, False), (500, False)])
def test_health_by_codes(world: World, code: int, lives: bool) -> None:
    health = HealthCheck(
        protocol="http", interval=1, timeout=1, rise=1, fall=1, method="GET", uri="/ok", codes=("200-299", "300-399")
    )
    with webs(world, A, B) as (one, _):
        one.status = code
        has(world, replace(HTTP, health=health))
        eventually("both are checked", lambda: told(world, "show stat").count("L7OK") == (2 if lives else 1))
        eventually("one is out, or none", lambda: f",{code}," in told(world, "show stat"))
        expected = {A, B} if lives else {B}
        assert set(bodies(world, 4)) == expected


def cookie_of(world: World, name: str, **headers: str) -> tuple[str, str]:
    """(cookie, server) of a request."""
    _, seen, body = get(world, **headers)  # type: ignore[arg-type]
    jar = SimpleCookie(seen.get("Set-Cookie", ""))
    return (jar[name].value if name in jar else ""), body.partition("\n")[0]


def test_an_inserted_cookie_keeps_a_client_at_its_server(world: World) -> None:
    with webs(world, A, B):
        has(world, replace(HTTP, cookie=Cookie(name="STAY", rewrite=False, idle=60)))
        cookie, server = cookie_of(world, "STAY")
        assert cookie
        assert bodies(world, 6, Cookie=f"STAY={cookie}") == {server: 6}
        assert "STAY" not in get(world, Cookie=f"STAY={cookie}")[2]
        assert len(bodies(world, 2)) == 2


def test_a_rewritten_cookie_is_the_servers(world: World) -> None:
    with webs(world, A, B) as made:
        has(world, replace(HTTP, cookie=Cookie(name="SESSION", rewrite=True)))
        assert cookie_of(world, "SESSION")[0] == ""
        for one in made:
            one.headers = (("Set-Cookie", "SESSION=mine"),)
        cookie, server = cookie_of(world, "SESSION")
        assert cookie not in ("", "mine")
        assert bodies(world, 6, Cookie=f"SESSION={cookie}") == {server: 6}


def test_a_cookie_outlives_a_change_of_members(world: World) -> None:
    """One that is added while it runs has a cookie, too."""
    sticky = replace(HTTP, cookie=Cookie(name="STAY", rewrite=False))
    with webs(world, A, B):
        has(world, replace(sticky, members=PLAIN.members[:1]))
        first, _ = cookie_of(world, "STAY")
        has(world, sticky)
        found = {server: cookie for cookie, server in (cookie_of(world, "STAY") for _ in range(2))}
        assert found[A] == first
        assert bodies(world, 4, Cookie=f"STAY={found[B]}") == {B: 4}


def test_requests_by_host_and_path_have_servers_of_their_own(world: World) -> None:
    """In any case, whatever port the client says; and servers come and go there without a reload."""
    only = {name: (Member(ip=ip, weight=1),) for name, ip in (("a", A), ("b", B), ("c", C))}
    routed = replace(
        HTTP,
        members=only["c"],
        routes=(
            Route(acl_uuid="1" * 32, host="www.example.org", path="/api", members=only["a"]),
            Route(acl_uuid="2" * 32, host="*.example.org", members=only["b"]),
            Route(acl_uuid="3" * 32, path="/b?c=1", members=only["b"]),
            Route(acl_uuid="4" * 32, path="/empty", members=()),
        ),
    )

    def server(path: str, host: str = "somewhere") -> str:
        status, _, body = get(world, path, Host=host)
        return body.partition("\n")[0] if status == 200 else str(status)

    with webs(world, A, B, C):
        has(world, routed)
        for host in ("www.example.org", "WWW.Example.ORG:80"):
            assert server("/api", host) == server("/API/x?y", host) == A
        assert server("/other", "www.example.org") == server("/api", "x.example.org") == B
        assert server("/api", "example.org") == server("/api", "www.example.org.evil.net") == server("/") == C
        assert server("/b?c=12") == B
        assert server("/b") == server("/b?d=1") == C
        assert server("/empty/x") == "503"
        worker = told(world, "show info").partition("Pid: ")[2].split()[0]
        first = replace(routed.routes[0], members=only["b"])
        has(world, replace(routed, routes=(first, *routed.routes[1:])))
        assert server("/api", "www.example.org") == B
        assert told(world, "show info").partition("Pid: ")[2].split()[0] == worker
        [shown] = world.routers.balancers(ROUTER, (routed.listener_uuid,)).listeners
        at = {(one.acl_uuid, one.ip) for one in shown.servers if one.state == "UP"}
        assert at == {(None, C), ("1" * 32, B), ("2" * 32, B), ("3" * 32, B)}


@pytest.mark.parametrize(
    ("port", "where"), [(443, "https://example.org/a?b=c"), (8443, "https://example.org:8443/a?b=c")]
)
def test_redirect_to_https(world: World, port: int, where: str) -> None:
    has(world, replace(HTTP, redirect=Redirect(port=port, code=307)))
    status, headers, _ = get(world, "/a?b=c", Host="example.org:80")
    assert (status, headers["Location"]) == (307, where)


def test_https_with_the_certificate_of_each_name(world: World) -> None:
    first, second = certificate("one.example"), certificate("two.example")
    listener = replace(PLAIN, protocol="https", port=443, tls=Tls(certificates=(first, second)))
    with webs(world, A, B):
        has(world, listener)
        for name, trusted in (("one.example", first), ("two.example", second)):
            status, _, seen = get(world, tls=trusting(trusted), name=name, port=443)
            assert status == 200
            assert "x-forwarded-proto: https" in seen.lower()
        anybody = trusting(first)
        anybody.check_hostname = False
        assert get(world, tls=anybody, name="three.example", port=443)[0] == 200


@pytest.mark.parametrize("http2", [True, False])
def test_http2_where_it_is_wanted(world: World, http2: bool) -> None:
    """By name in TLS, by what the client says first without; HTTP/1.1 is spoken in any case."""
    plain = replace(HTTP, http2=http2)
    secret = replace(PLAIN, protocol="https", port=443, http2=http2, listener_uuid="6" * 32)
    with webs(world, A, B):
        has(world, plain, replace(secret, tls=Tls(certificates=(certificate("one.example"),))))
        for url, how in ((f"http://{VIP}/", "--http2-prior-knowledge"), (f"https://{VIP}/", "--http2")):
            for more, wanted in ((how, "2" if http2 else "1.1"), ("--http1.1", "1.1")):
                asked = f"curl -sk -m 5 -o /dev/null -w %{{http_version}} {more} {url}"
                spoken = world.on("internet", asked, check=False)
                refused = not http2 and more == "--http2-prior-knowledge"
                assert spoken == wanted or (refused and spoken != "2"), (url, more)


def test_answers_are_compressed_if_the_client_can(world: World) -> None:
    with webs(world, A, B) as made:
        for one in made:
            one.headers = (("Content-Type", "text/plain"),)
        has(world, replace(HTTP, compression=("gzip",)))
        for accepted, compressed in (("gzip", True), ("identity", False)):
            asked = f"curl -s -m 5 -H 'Accept-Encoding: {accepted}' -D - -o /dev/null http://{VIP}/"
            assert ("content-encoding: gzip" in world.on("internet", asked).lower()) is compressed


def test_taken_away_and_made_again(world: World) -> None:
    """Its certificate went with it."""
    mine = certificate("one.example")
    listener = replace(PLAIN, protocol="https", port=443, tls=Tls(certificates=(mine,)))
    with webs(world, A, B):
        for wanted in ((listener,), (), (listener,)):
            has(world, *wanted)
            assert len(list((world.directory / "haproxy").glob("*.pem"))) == len(wanted)
        assert get(world, tls=trusting(mine), name="one.example", port=443)[0] == 200


def test_another_certificate_and_nobody_is_dropped(world: World) -> None:
    old, new = certificate("one.example"), certificate("one.example")
    listener = replace(PLAIN, protocol="https", port=443, http_mode="http-keep-alive", tls=Tls(certificates=(old,)))
    with webs(world, A, B):
        has(world, listener)
        with trusting(old).wrap_socket(connect(world, port=443), server_hostname="one.example") as kept:
            kept.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b" 200 " in kept.recv(1 << 16)
            has(world, replace(listener, tls=Tls(certificates=(new,))))
            assert get(world, tls=trusting(new), name="one.example", port=443)[0] == 200
            with pytest.raises(ssl.SSLCertVerificationError):
                get(world, tls=trusting(old), name="one.example", port=443)
        present = sorted(path.name for path in (world.directory / "haproxy").glob("*.pem"))
        assert len(present) == 1
        assert (world.directory / "haproxy" / present[0]).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("policy", "version", "speaks"),
    [
        (None, ssl.TLSVersion.TLSv1_1, False),
        (None, ssl.TLSVersion.TLSv1_2, True),
        (None, ssl.TLSVersion.TLSv1_3, True),
        ("tls_cipher_policy_1_1", ssl.TLSVersion.TLSv1_1, True),
        ("tls_cipher_policy_1_2_strict", ssl.TLSVersion.TLSv1_2, True),
        ("tls_cipher_policy_1_2_strict", ssl.TLSVersion.TLSv1_3, False),
        ("tls_cipher_policy_1_2_strict_with_1_3", ssl.TLSVersion.TLSv1_3, True),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_versions_of_tls(world: World, policy: str | None, version: ssl.TLSVersion, speaks: bool) -> None:
    mine = certificate("one.example")
    client = trusting(mine)
    client.minimum_version = client.maximum_version = version
    client.set_ciphers("DEFAULT@SECLEVEL=0")
    with webs(world, A, B):
        has(world, replace(PLAIN, protocol="https", port=443, tls=Tls(certificates=(mine,), policy=policy)))
        if speaks:
            assert get(world, tls=client, name="one.example", port=443)[0] == 200
        else:
            with pytest.raises((ssl.SSLError, ConnectionResetError)):
                get(world, tls=client, name="one.example", port=443)


def test_a_reload_under_load_fails_no_request(world: World) -> None:
    """Eight reloads, and as many changes of servers, while somebody asks all the time."""
    answers: Counter[object] = Counter()
    over = threading.Event()

    def keep_asking() -> None:
        while not over.is_set():
            try:
                answers[get(world)[0]] += 1
            except OSError as error:
                answers[repr(error)] += 1

    with webs(world, A, B), contextlib.ExitStack() as stack:
        has(world, HTTP)
        clients = [threading.Thread(target=keep_asking, daemon=True) for _ in range(2)]
        for client in clients:
            client.start()
            stack.callback(client.join)
        stack.callback(over.set)
        for idle in range(30, 38):
            has(world, replace(HTTP, idle_timeout=idle))
            has(world, replace(HTTP, idle_timeout=idle, members=PLAIN.members[:1]))
            wanted = answers.total() + 10
            while answers.total() < wanted:
                over.wait(0.01)
    assert set(answers) == {200}


def test_one_that_is_refused_leaves_the_others_alone(world: World) -> None:
    """Whether HAProxy's check finds it or only its start; it is back as soon as it can be."""
    bad, busy, more = (f"{number}" * 32 for number in (6, 7, 8))
    broken = replace(PLAIN, listener_uuid=bad, protocol="https", port=443, tls=Tls(certificates=("no certificate",)))
    occupied = replace(HTTP, listener_uuid=busy, port=81)
    another = replace(HTTP, listener_uuid=more, port=82)
    with webs(world, A, B):
        has(world, HTTP)
        with connect(world) as kept, in_the_way(world, occupied.port):
            kept.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b" 200 " in kept.recv(1 << 16)
            wanted = objects() | balanced(HTTP, broken, occupied, another)
            failed = world.update(wanted)
            assert failed.keys() == {f"lb/{bad}", f"lb/{busy}"}
            assert "unable to load" in failed[f"lb/{bad}"]
            assert "Address already in use" in failed[f"lb/{busy}"]
            assert get(world)[0] == get(world, port=82)[0] == 200
            assert world.update(wanted) == failed, "it is known"
        has(world, HTTP, replace(broken, tls=Tls(certificates=(certificate("one.example"),))), occupied, another)
        assert get(world, port=81)[0] == get(world)[0] == 200


@contextlib.contextmanager
def in_the_way(world: World, port: int) -> Iterator[None]:
    """Somebody else has the port."""
    with in_namespace(world.names["router"], lambda: socket.create_server((VIP, port))):
        yield


def test_it_starts_without_one_whose_port_is_taken(world: World) -> None:
    other = replace(HTTP, listener_uuid="6" * 32, port=81)
    with webs(world, A, B):
        assert world.update(objects() | {f"vip/{VIP}": VipAddress(nic_uuid="nic0", ip=VIP)}) == {}
        with in_the_way(world, PORT):
            assert world.update(objects() | balanced(HTTP, other)).keys() == {f"lb/{HTTP.listener_uuid}"}
            assert get(world, port=81)[0] == 200
