"""How a listener balances: its settings, each a system tag `name::value` on the listener."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from landbridge.core.view import Tx, View
from landbridge.model.errors import argerr, operr
from landbridge.services.load_balancer.documents import LISTENER, LoadBalancerListener

ALGORITHM, IDLE_TIMEOUT, MAX_CONNECTION = "balancerAlgorithm", "connectionIdleTimeout", "maxConnection"
INTERVAL, CHECK_TIMEOUT, TARGET = "healthCheckInterval", "healthCheckTimeout", "healthCheckTarget"
PARAMETER, HEALTHY, UNHEALTHY = "healthCheckParameter", "healthyThreshold", "unhealthyThreshold"
THREADS, ACCESS, HTTP_MODE = "Nbprocess", "accessControlStatus", "httpMode"
PERSISTENCE, SESSION_IDLE, COOKIE = "sessionPersistence", "sessionIdleTimeout", "cookieName"
REDIRECT, REDIRECT_PORT, STATUS_CODE = "httpRedirectHttps", "redirectPort", "statusCode"
PROXY_PROTOCOL, HTTP_VERSIONS, COMPRESSION = "tcpProxyProtocol", "httpVersions", "httpCompressAlgos"
WEIGHT = "balancerWeight"

ALGORITHMS = ("weightroundrobin", "roundrobin", "leastconn", "source")
HTTP_MODES = ("http-keep-alive", "http-server-close", "http-tunnel", "httpclose", "forceclose")
PERSISTENCES = ("disable", "iphash", "insert", "rewrite")
STATUS_CODES = (301, 302, 303, 307, 308)
METHODS = ("GET", "HEAD")
URI = r"/[A-Za-z0-9-/.%?#&]*"
COOKIE_NAME = r"[A-Za-z0-9_-]+"
MOST_CONNECTIONS, MOST_SECONDS = 10_000_000, 2**31 - 1
_GOOD_CODES = {f"http_{first}xx": f"{first}00-{first}99" for first in range(2, 6)}
_SWITCH = ("enable", "disable")

Values = Mapping[str, str]
"""Settings by name."""


def _numbers(low: int, high: int) -> Callable[[str], str | None]:
    def refusal(value: str) -> str | None:
        fits = value.isascii() and value.isdecimal() and len(value) <= 10 and low <= int(value) <= high
        return None if fits else f"it takes an integer of [{low}, {high}]"

    return refusal


def _words(*valid: str) -> Callable[[str], str | None]:
    return lambda value: None if value in valid else f"valid values are [{', '.join(valid)}]"


def _list_of(*valid: str) -> Callable[[str], str | None]:
    return lambda value: None if set(value.split(",")) <= set(valid) else f"a list of [{', '.join(valid)}]"


def _matching(regex: str, most: int) -> Callable[[str], str | None]:
    fits = re.compile(regex)
    return lambda value: None if len(value) <= most and fits.fullmatch(value) else f"up to {most} of {regex}"


def _target(value: str) -> str | None:
    protocol, _, port = value.partition(":")
    if protocol not in ("tcp", "udp", "http") or (port != "default" and _numbers(1, 65535)(port)):
        return "it takes tcp, udp or http, a colon, and default or a port of [1, 65535]"
    return None


def _parameter(value: str) -> str | None:
    method, _, rest = value.partition(":")
    uri, _, codes = rest.rpartition(":")
    if method not in METHODS or not re.fullmatch(URI, uri) or not set(codes.split(",")) <= set(_GOOD_CODES):
        return f"it takes <{' or '.join(METHODS)}>:<URI>:<list of {', '.join(_GOOD_CODES)}>"
    return None


_CHECKS: Mapping[str, Callable[[str], str | None]] = {
    ALGORITHM: _words(*ALGORITHMS),
    IDLE_TIMEOUT: _numbers(0, MOST_SECONDS),
    MAX_CONNECTION: _numbers(0, MOST_CONNECTIONS),
    INTERVAL: _numbers(1, MOST_SECONDS),
    CHECK_TIMEOUT: _numbers(1, MOST_SECONDS),
    TARGET: _target,
    PARAMETER: _parameter,
    HEALTHY: _numbers(1, MOST_SECONDS),
    UNHEALTHY: _numbers(1, MOST_SECONDS),
    THREADS: _numbers(1, 64),
    ACCESS: _words(*_SWITCH),
    HTTP_MODE: _words(*HTTP_MODES),
    PERSISTENCE: _words(*PERSISTENCES),
    SESSION_IDLE: _numbers(30, 3600),
    COOKIE: _matching(COOKIE_NAME, 20),
    REDIRECT: _words(*_SWITCH),
    REDIRECT_PORT: _numbers(1, 65535),
    STATUS_CODE: _words(*map(str, STATUS_CODES)),
    PROXY_PROTOCOL: _words("disable", "v1", "v2"),
    HTTP_VERSIONS: _list_of("h1", "h2"),
    COMPRESSION: _list_of("disable", "gzip", "deflate", "raw-deflate"),
}
_FROM_CONFIG = (ALGORITHM, IDLE_TIMEOUT, MAX_CONNECTION, INTERVAL, CHECK_TIMEOUT, HEALTHY, UNHEALTHY, THREADS)
_OF_HTTP = (HTTP_MODE, COOKIE, SESSION_IDLE, REDIRECT, REDIRECT_PORT, STATUS_CODE, HTTP_VERSIONS, COMPRESSION)


def read(tags: Iterable[str]) -> dict[str, str]:
    """The settings among tags that can be read."""
    pairs = (tag.partition("::")[::2] for tag in tags)
    return {name: value for name, value in pairs if name in _CHECKS and _CHECKS[name](value) is None}


def given(tags: Iterable[str]) -> dict[str, str]:
    """The settings that a caller gives.  SYS.1007 for a value that is none, or a setting twice."""
    found: dict[str, str] = {}
    for name, value in (tag.partition("::")[::2] for tag in tags):
        if name in _CHECKS:
            if name in found:
                raise argerr(f"system tag {name} is given twice: once will do")
            found[name] = value
    for name, value in found.items():
        why = _CHECKS[name](value)
        if why:
            raise argerr(f"system tag[{name}::{value}]: {why}")
    return found


def with_defaults(view: View, protocol: str, values: dict[str, str]) -> dict[str, str]:
    """What is not given is as the cloud's settings say, so far as the protocol has it."""
    found = {name: view.config("loadBalancer", name) for name in _FROM_CONFIG}
    found |= {TARGET: f"{'udp' if protocol == 'udp' else 'tcp'}:default", ACCESS: "disable"}
    if is_http(protocol):
        found[HTTP_MODE] = view.config("loadBalancer", HTTP_MODE)
    return found | values


def checked(protocol: str, values: dict[str, str]) -> dict[str, str]:
    """Settings that go together, with what follows from them.  Raises SYS.1006 and SYS.1007 when they do not."""
    found = dict(values)
    _check_health(protocol, found)
    if not is_http(protocol):
        strange = [name for name in _OF_HTTP if name in found]
        if strange or found.get(PERSISTENCE, "disable") in ("insert", "rewrite"):
            raise argerr(
                f"{', '.join(strange) or PERSISTENCE} is for listeners of http and https, this one is {protocol}"
            )
    if PROXY_PROTOCOL in found and protocol != "tcp":
        raise argerr(f"{PROXY_PROTOCOL} is for listeners of tcp, this one is {protocol}")
    _check_persistence(protocol, found)
    if found.get(REDIRECT) == "enable":
        if protocol != "http":
            raise argerr(f"{REDIRECT} is for listeners of http, this one is {protocol}")
        found = {REDIRECT_PORT: "443", STATUS_CODE: "302"} | found
    return found


def write(tx: Tx, listener: LoadBalancerListener, values: Values) -> None:
    """These are its settings from now on."""
    wanted = {f"{name}::{value}" for name, value in values.items()}
    present = {tag for tag in tx.tags(listener.uuid) if tag.partition("::")[0] in _CHECKS}
    for tag in sorted(present - wanted):
        tx.delete_tag(listener.uuid, tag)
    for tag in sorted(wanted - present):
        tx.set_tag(listener.uuid, LISTENER.vo, tag)


def listed(versions: Sequence[str] | None, proxy: str | None, compression: Sequence[str] | None) -> dict[str, str]:
    """Parameters that are settings by other names.  SYS.1007 for a value that is none."""
    found = {
        HTTP_VERSIONS: None if versions is None else ",".join(versions),
        PROXY_PROTOCOL: proxy,
        COMPRESSION: None if compression is None else ",".join(compression),
    }
    return given(f"{name}::{value}" for name, value in found.items() if value is not None)


def is_http(protocol: str) -> bool:
    """Whether the balancer reads what is said."""
    return protocol in ("http", "https")


def parameter(method: str | None, uri: str | None, codes: str | None, old: str = "") -> str:
    """Of a health check over HTTP; what is None is as it was, or HEAD and http_2xx.

    Raises: SYS.1006 without a URI, SYS.1007 for codes that are none.
    """
    known = _Parameter.read(old) if old else _Parameter("HEAD", "", "http_2xx")
    path = uri or known.uri
    if not path:
        raise operr("a health check over http needs a URI: give healthCheckURI")
    text = f"{method or known.method}:{path}:{codes or known.codes}"
    why = _parameter(text)
    if why:
        raise argerr(f"health check[{text}]: {why}")
    return text


@dataclass(frozen=True, slots=True)
class _Parameter:
    method: str
    uri: str
    codes: str

    @classmethod
    def read(cls, text: str) -> "_Parameter":
        method, _, rest = text.partition(":")
        uri, _, codes = rest.rpartition(":")
        return cls(method, uri, codes)


def http_check(text: str) -> tuple[str, str, tuple[str, ...]]:
    """(method, URI, ranges of good codes) of a `healthCheckParameter`."""
    found = _Parameter.read(text)
    return found.method, found.uri, tuple(_GOOD_CODES[code] for code in found.codes.split(","))


def _check_health(protocol: str, values: Values) -> None:
    of = values[TARGET].partition(":")[0]
    if (of == "udp") != (protocol == "udp"):
        raise operr(
            f"a listener of {protocol} cannot have its servers checked over {of}: udp by udp, others by others"
        )
    if of == "http" and PARAMETER not in values:
        raise operr("a health check over http needs a URI: give healthCheckURI")


def _check_persistence(protocol: str, values: dict[str, str]) -> None:
    kind = values.get(PERSISTENCE)
    if kind is None:
        return
    if not is_http(protocol) and kind != "disable":
        raise argerr(f"{PERSISTENCE}[{kind}] is for listeners of http and https, this one is {protocol}")
    algorithm = values[ALGORITHM]
    only = {"leastconn": "disable", "source": "iphash"}.get(algorithm, kind)
    if kind != only:
        raise argerr(f"{PERSISTENCE} of a listener that balances by {algorithm} can only be {only}, not {kind}")
    if kind in ("insert", "rewrite") and values.get(HTTP_MODE) == "http-tunnel":
        raise argerr(f"{PERSISTENCE}[{kind}] reads every answer, {HTTP_MODE}[http-tunnel] only the first: change one")
    if kind == "insert":
        values.setdefault(SESSION_IDLE, "60")
    if kind == "rewrite" and COOKIE not in values:
        raise argerr(f"{PERSISTENCE}[rewrite] needs the name of the servers' cookie: give {COOKIE}")
