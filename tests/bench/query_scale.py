"""Queries over 100,000 VMs, each with a NIC and every tenth with tags, on both engines.

Each condition is asked twenty times, as an administrator and as a tenant who owns a tenth of the VMs, with a limit of
20 rows, nested inventories included.  All fields that the conditions end at have an index; so have the relations.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from landbridge.core import zql
from landbridge.core.catalog import Catalog
from landbridge.core.query import Statement, parse
from landbridge.core.service import Caller
from landbridge.core.view import Tx
from landbridge.model.documents.account import SystemTag
from landbridge.model.documents.labels import UserTag
from landbridge.model.documents.vm import VM_INSTANCE, VmInstance, VmNic
from landbridge.model.resource import Resource, document_name
from landbridge.server.services import SERVICES
from landbridge.store import Store
from landbridge.store.tx import SqlTx
from tests.bench.report import Report, median
from tests.support import postgres

VMS = 100_000
TENANTS = 10
ROUNDS = 20
BATCH = 200
"""Rows of a statement while filling."""
GOAL = "50 ms"

CONDITIONS = (
    "uuid={uuid}",
    "name=vm-77777",
    "name?=vm-1,vm-50000,vm-99999",
    "name~=vm-7777%",
    "hostUuid={host}",
    "vmNics.ip=10.1.47.209",
    "vmNics.l3NetworkUuid={l3}",
    "__systemTag__=hostname::vm-77770",
    "__userTag__=gold-70",
    "vmNics.usedIps.ip=10.1.47.209",
)
PROGRAMS = (
    "query vminstance where name = 'vm-5' or name = 'vm-6' limit 20",
    "query vminstance where uuid in (query vmnic.vmInstanceUuid where ip = '10.1.47.209') limit 20",
)


def run() -> Report:
    """Fill a database of either kind, then ask."""
    report = Report("query_scale", "Queries over 100,000 documents", " ".join((__doc__ or "").split()))
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(_measure(f"sqlite:///{Path(directory) / 'scale.sqlite'}", "SQLite", report))
    with postgres.server() as url:
        asyncio.run(_measure(url, "PostgreSQL", report))
    return report


async def _measure(url: str, engine: str, report: Report) -> None:
    store = await Store.open(url, Catalog(SERVICES))
    try:
        await store.write(_fill)
        if engine == "PostgreSQL":
            await store.write(lambda tx: _sql(tx).run("ANALYZE resource"))
        names = {"uuid": _uuid("vm", 777), "host": _uuid("host", 77), "l3": _uuid("l3", 77)}
        asked = [
            (
                text,
                Statement(VM_INSTANCE, parse(store.catalog, VM_INSTANCE, {"q": [text.format(**names)], "limit": 20})),
            )
            for text in CONDITIONS
        ] + [(text, zql.parse(store.catalog, text)[0]) for text in PROGRAMS]
        callers = {
            "administrator": Caller("admin", "admin", is_admin=True),
            "tenant": Caller(_uuid("account", 7), _uuid("account", 7), is_admin=False),
        }
        for who, caller in callers.items():
            worst, all_times = "", list[float]()
            for text, one in asked:
                times = [await _time(store, one, caller) for _ in range(ROUNDS)]
                if not all_times or median(times) > max(all_times):
                    worst = text
                all_times.append(median(times))
            slowest = max(all_times)
            report.add(f"{engine}, {who}: the slowest of {len(asked)} conditions (`{worst}`)", _ms(slowest), GOAL)
            report.add(f"{engine}, {who}: the median condition", _ms(median(all_times)))
    finally:
        await store.close()


async def _time(store: Store, one: Statement, caller: Caller) -> float:
    began = time.perf_counter()
    await store.query(one.kind, one.spec, caller)
    return time.perf_counter() - began


def _uuid(what: str, number: int) -> str:
    return f"{sum(map(ord, what)):08x}{number:012x}4000800000000000"[:32].ljust(32, "0")


def _documents() -> Iterator[tuple[str, Resource]]:
    """With the account that each belongs to."""
    for number in range(VMS):
        owner = _uuid("account", number % TENANTS)
        vm, ip = _uuid("vm", number), f"10.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
        host = _uuid("host", number % 500)
        yield owner, VmInstance(uuid=vm, name=f"vm-{number}", zone_uuid=_uuid("zone", 1), host_uuid=host)
        nic = VmNic(
            uuid=_uuid("nic", number),
            vm_instance_uuid=vm,
            l3_network_uuid=_uuid("l3", number % 1000),
            l2_network_uuid=_uuid("l2", number % 1000),
            mac=f"fa:00:{number >> 24 & 255:02x}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}",
            ip=ip,
            host_uuid=host,
        )
        yield owner, nic
        if number % 10 == 0:
            marks: Mapping[str, Any] = {"resource_uuid": vm, "resource_type": "VmInstanceVO"}
            yield owner, SystemTag(uuid=_uuid("system", number), tag=f"hostname::vm-{number}", **marks)
            yield owner, UserTag(uuid=_uuid("user", number), tag=f"gold-{number % 100}", **marks)


def _fill(tx: Tx) -> None:
    """Past the checks and the compile of `put`, which are not what is measured."""
    sql = _sql(tx)
    cast = ":d{}" if sql.dialect == "sqlite" else "CAST(:d{} AS JSONB)"
    for rows in batched(_documents(), BATCH):
        places = ", ".join(f"(:u{at}, :t{at}, :o{at}, :u{at}, {cast.format(at)})" for at in range(len(rows)))
        values: dict[str, str] = {}
        for at, (owner, document) in enumerate(rows):
            text = msgspec.json.encode(document).decode()
            values |= {
                f"u{at}": document.uuid,
                f"t{at}": document_name(type(document)),
                f"o{at}": owner,
                f"d{at}": text,
            }
        sql.run(f"INSERT INTO resource (uuid, type, owner, family, doc) VALUES {places}", **values)


def batched(rows: Iterator[tuple[str, Resource]], size: int) -> Iterator[list[tuple[str, Resource]]]:
    """Lists of `size`, the last one shorter."""
    while part := list(islice(rows, size)):
        yield part


def _sql(tx: Tx) -> SqlTx:
    assert isinstance(tx, SqlTx)
    return tx


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
