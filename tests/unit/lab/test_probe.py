"""The probe counts what comes back, once, and says what did not."""

import socket
import time

from landbridge.lab.probe import PERIOD, Probe, Result, Stream


def udp() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    return made


def measure(stream: Stream, seconds: float) -> Result:
    probe = Probe([stream])
    time.sleep(seconds)
    (result,) = probe.stop()
    return result


def test_nothing_is_lost_on_loopback() -> None:
    source, echo = udp(), udp()
    result = measure(Stream("loopback", source, echo, echo.getsockname()), 0.5)
    assert (result.lost, result.repeated) == ([], 0)
    assert abs(result.sent - result.seconds / PERIOD - 0.5) < 1, "one at once and one per period, whoever was late"


def test_what_is_lost_is_listed() -> None:
    source, echo = udp(), udp()
    nobody = udp().getsockname()
    result = measure(Stream("hole", source, echo, nobody), 0.1)
    assert result.lost == list(range(1, result.sent + 1))
