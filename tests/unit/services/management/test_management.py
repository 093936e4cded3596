"""What the server says of itself: version, names of actions, its copies, the progress of jobs."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from landbridge import __version__
from landbridge.core.service import Caller
from landbridge.core.view import Tx
from landbridge.model.documents.management import MANAGEMENT_NODE, ManagementNode
from landbridge.server.copies import DEAD_SECONDS, beat
from landbridge.store import jobs
from landbridge.store.jobs import JobRow
from landbridge.store.tx import SqlTx
from tests.unit.services.cloudkit import Cloud, opened
from tests.unit.services.netkit import ADMIN


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened() as made:
        yield made


def test_the_server_says_what_it_is(cloud: Cloud) -> None:
    assert cloud.call("GetVersion") == {"version": __version__, "schema": {}}
    assert cloud.call("IsOpensourceVersion")["opensource"] is True
    time = cloud.call("GetCurrentTime")["currentTime"]
    assert time["MillionSeconds"] // 1000 == time["Seconds"] > 1_700_000_000
    names = cloud.call("GetSupportAPIs")["supportApis"]
    assert sorted(names) == sorted(action.name for action in cloud.store.catalog.actions)


def test_a_copy_is_known_while_it_beats(cloud: Cloud) -> None:
    first, second = "a" * 32, "b" * 32
    cloud.write(lambda tx: beat(tx, first))
    (row,) = cloud.ask(MANAGEMENT_NODE)
    assert row["heartBeat"].endswith(("AM", "PM"))
    assert row["hostName"]
    assert cloud.call("IsReadyToGo", managementNodeId=first) == {"schema": {}}
    with cloud.refused("SYS.1003", second):
        cloud.call("IsReadyToGo", managementNodeId=second)
    cloud.edit(ManagementNode, first, heart_beat=cloud.get(ManagementNode, first).heart_beat - 1001 * DEAD_SECONDS)
    cloud.write(lambda tx: beat(tx, second))
    assert [node.uuid for node in cloud.all(ManagementNode)] == [second]


def test_progress_is_shown_to_whose_job_it_is(cloud: Cloud) -> None:
    mine = Caller(account_uuid="1" * 32, user_uuid="1" * 32, is_admin=False)
    job = "c" * 32
    row = JobRow(uuid=job, action="MoveVm", account=mine.account_uuid, request={}, created=0, deadline=1)

    def store(asked: int, left: int, phase: jobs.Phase) -> None:
        def write(tx: Tx) -> None:
            assert isinstance(tx, SqlTx)
            tx.run("DELETE FROM job_wait")
            for number in range(left):
                tx.run(
                    "INSERT INTO job_wait (job, node, scope, revision, keys) VALUES (:j, :n, 's', 1, '[]')",
                    j=job,
                    n=str(number),
                )
            jobs.save(tx, replace(row, phase=phase, waits={str(one): 1 for one in range(asked)}))

        cloud.write(write)

    def content(caller: Caller) -> list[str]:
        outcome = cloud.begin("GetTaskProgress", caller=caller, apiId=job)
        return [one["content"] for one in outcome.body["inventories"]]

    store(4, 3, "waiting")
    assert content(mine) == content(ADMIN) == ["25"]
    assert content(Caller(account_uuid="2" * 32, user_uuid="2" * 32, is_admin=False)) == []
    store(4, 0, "done")
    assert content(mine) == []
    assert cloud.call("GetTaskProgress", apiId="d" * 32) == []
