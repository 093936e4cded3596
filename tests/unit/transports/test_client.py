"""The agent's side alone: backing off, URLs, files of an identity."""

from pathlib import Path

import pytest

from landbridge.transports.https import HttpsConnection, LinkLost, LinkRefused
from landbridge.transports.identity import SERVER_NAME, Identity, trusting
from landbridge.transports.nodelink_client import Backoff
from tests.unit.transports.conftest import Nodelink


def test_backoff_doubles_up_to_its_limit_and_starts_over() -> None:
    longest = Backoff(lambda: 1.0)
    assert [longest.next() for _ in range(7)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    longest.reset()
    assert longest.next() == 0.2
    assert Backoff(lambda: 0.0).next() == 0.1


def test_half_an_identity_does_not_count(tmp_path: Path) -> None:
    identity = Identity(tmp_path / "identity")
    identity.save(identity.load_or_make_key(), "certificate", "authority", "https://server:7443")
    assert identity.exists
    assert identity.url == "https://server:7443"
    (identity.directory / "certificate.pem").unlink()
    assert not Identity(tmp_path / "identity").exists
    assert identity.directory.stat().st_mode & 0o777 == 0o700


@pytest.mark.anyio
async def test_wrong_addresses(nodelink: Nodelink) -> None:
    tls = trusting(nodelink.pki.certificate)
    with pytest.raises(LinkRefused, match="not an https URL"):
        await HttpsConnection.open("http://127.0.0.1:1", tls, SERVER_NAME)
    with pytest.raises(LinkLost):
        await HttpsConnection.open("https://127.0.0.1:1", tls, SERVER_NAME)
