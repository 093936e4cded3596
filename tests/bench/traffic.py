"""What `traffic.c` measures: CPU per packet of a whole path, connections per second; and iperf3's throughput."""

import json
import os
import re
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

SOURCE = Path(__file__).with_name("traffic.c")
PORT = "7004"
_SETTLE_SECONDS, _START_SECONDS = 0.2, 10.0


def build(directory: Path) -> Path:
    """The compiled tool (clang is there for the eBPF programs)."""
    tool = directory / "traffic"
    subprocess.run(["clang", "-O2", "-Wall", str(SOURCE), "-o", str(tool)], check=True)
    return tool


def inside(namespace: str, *command: str | Path) -> list[str]:
    """A command line for a namespace."""
    return ["nsenter", f"--net=/run/netns/{namespace}", *map(str, command)]


def _ask(namespace: str, *command: str | Path) -> list[str]:
    """The client's side: on the first processor."""
    return inside(namespace, "taskset", "-c", "0", *command)


def _serve(namespace: str, *command: str | Path) -> list[str]:
    """The server's side: on the second if there is one; runs then differ in the network and not in who is where."""
    return inside(namespace, "taskset", "-c", str(min(1, len(os.sched_getaffinity(0)) - 1)), *command)


@contextmanager
def running(*command: str, port: str = PORT) -> Iterator[subprocess.Popen[str]]:
    """A server while the `with` lasts; it listens on that port."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _listens(process.pid, int(port)):
            assert process.poll() is None, f"{command} ended"
            assert time.monotonic() < deadline, f"{command} does not listen"
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _listens(pid: int, port: int) -> bool:
    """Whether a socket waits there, where the process is (proc_net(5): state 0A is TCP's LISTEN, 07 is UDP's)."""
    listening = re.compile(rf" [0-9A-F]+:{port:04X} [0-9A-F]+:0000 (07|0A) ")
    return any(listening.search(Path(f"/proc/{pid}/net/{kind}").read_text()) for kind in ("udp", "tcp", "tcp6"))


def cpu_per_packet(tool: Path, source: str, target: str, address: str, seconds: float) -> float:
    """Nanoseconds of CPU, of the whole machine, per 32-byte UDP packet that arrived."""
    with running(*_serve(target, tool, "sink", PORT)) as sink:
        before = _busy_seconds()
        subprocess.run(_ask(source, tool, "flood", address, PORT, str(seconds)), check=True, capture_output=True)
        time.sleep(_SETTLE_SECONDS)
        sink.terminate()
        arrived = int(sink.communicate(timeout=10)[0])
        spent = _busy_seconds() - before
    return spent / arrived * 1e9


def connections_per_second(tool: Path, source: str, target: str, address: str, seconds: float) -> float:
    """TCP connections with one byte there and back."""
    with answering(tool, target, PORT):
        return asked_per_second(tool, source, address, PORT, seconds)


def answering(tool: Path, namespace: str, port: str) -> AbstractContextManager[object]:
    """While the `with` lasts, whoever connects there has a byte sent back."""
    return running(*_serve(namespace, tool, "answer", port), port=port)


def asked_per_second(tool: Path, source: str, address: str, port: str, seconds: float) -> float:
    """TCP connections with one byte there and back, to somebody who answers already."""
    command = _ask(source, tool, "ask", address, port, str(seconds))
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout) / seconds


def tcp_throughput(source: str, target: str, address: str, seconds: int, *options: str) -> float:
    """Bits per second of one stream, by iperf3 (with more of its options)."""
    with running(*_serve(target, "iperf3", "-s", "-p", PORT)):
        command = _ask(source, "iperf3", "-c", address, "-p", PORT, "-t", str(seconds), "-J", *options)
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout)["end"]["sum_received"]["bits_per_second"])


def requests_per_second(source: str, url: str, seconds: float, header: str = "") -> float:
    """HTTP requests that wrk gets done over 32 connections, with a header of its own if one is given."""
    options = ["-H", header] if header else []
    command = _ask(source, "wrk", "-t", "1", "-c", "32", "-d", f"{max(1, round(seconds))}s", *options, url)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "Non-2xx" not in done.stdout, done.stdout
    return float(done.stdout.rpartition("Requests/sec:")[2].split()[0])


def round_trip(source: str, address: str, count: int) -> float:
    """Median microseconds of pings, each sent when the one before is back."""
    command = inside(source, "ping", "-A", "-c", str(count), address)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    times = [float(line.rpartition("time=")[2].split()[0]) for line in done.stdout.splitlines() if "time=" in line]
    return statistics.median(times) * 1000


def _busy_seconds() -> float:
    """CPU time of the machine that was not idle, over all processors."""
    fields = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    user, nice, system, _idle, _iowait, irq, softirq, _steal = fields
    return (user + nice + system + irq + softirq) / 100
