"""What may run in the background of the whole cloud."""

from collections.abc import Iterator

import pytest

from landbridge.model.documents.long_job import LongJob
from landbridge.server.call import HttpError
from landbridge.server.long_jobs import begin
from tests.unit.services.cloudkit import Cloud, opened


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened() as made:
        yield made


def test_what_takes_secrets_is_refused(cloud: Cloud) -> None:
    with cloud.refused("SYS.1007", "CreateIPsecConnection takes secrets"):
        cloud.call("SubmitLongJob", jobName="CreateIPsecConnection", jobData="{}")


def test_what_needs_a_disk_is_refused(cloud: Cloud) -> None:
    with cloud.refused("SYS.1007", "AddImage is no action to run in the background"):
        cloud.call("SubmitLongJob", jobName="AddImage", jobData="{}")


def test_a_waiting_one_is_cancelled_at_once(cloud: Cloud) -> None:
    job = cloud.call("SubmitLongJob", jobName="CreateZone", jobData='{"name": "z"}', targetResourceUuid=cloud.zone)
    assert (job["state"], job["name"], job["targetResourceUuid"]) == ("Waiting", "CreateZone", cloud.zone)
    cloud.call("CancelLongJob", uuid=job["uuid"])
    assert cloud.get(LongJob, job["uuid"]).state == "Canceled"
    assert cloud.call("RerunLongJob", uuid=job["uuid"])["state"] == "Waiting"


def test_only_one_copy_of_the_server_runs_it(cloud: Cloud) -> None:
    job = cloud.call("SubmitLongJob", jobName="CreateZone", jobData='{"name": "z"}')["uuid"]
    cloud.write(lambda tx: begin(tx, job))
    assert cloud.get(LongJob, job).state == "Running"
    with pytest.raises(HttpError):
        cloud.write(lambda tx: begin(tx, job))


def test_what_cannot_be_taken_back_goes_on(cloud: Cloud) -> None:
    job = cloud.call("SubmitLongJob", jobName="CreateZone", jobData='{"name": "z"}')
    cloud.edit(LongJob, job["uuid"], state="Running")
    with cloud.refused("SYS.1006", "cannot be stopped any more"):
        cloud.call("CancelLongJob", uuid=job["uuid"])
