"""Server, agents and web server of a lab: started with the product's own commands, found again."""

import sys
import time
from pathlib import Path

from landbridge.drivers import children, namespaces, processes
from landbridge.drivers.children import Child
from landbridge.lab.layout import INTERNET_NAME, Lab, LabHost

CLI = (sys.executable, "-m", "landbridge.cli.main")


def server(lab: Lab) -> Child:
    """The management server."""
    directory = lab.path / "server"
    options = ("--host", "127.0.0.1", "--port", str(lab.port), "--data-dir", str(directory))
    nodelink = ("--nodelink-host", lab.server_address, "--nodelink-port", str(lab.nodelink_port))
    return Child(argv=(*CLI, "server", *options, *nodelink), directory=directory)


def agent(host: LabHost) -> Child:
    """A host's agent."""
    return Child(argv=(*CLI, "agent", "run", *agent_options(host)), directory=host.directory, netns=host.namespace)


def agent_options(host: LabHost) -> tuple[str, ...]:
    """Where a host's agent lives."""
    state, run = host.directory / "state", host.directory / "run"
    return ("--state-dir", str(state), "--run-dir", str(run), "--tag", host.tag)


def web_server(lab: Lab) -> Child:
    """The Internet's web server."""
    argv = (
        sys.executable,
        "-m",
        "landbridge.lab.webserver",
        lab.gateway,
        str(lab.path / "internet" / "requests.log"),
    )
    return Child(argv=argv, directory=lab.path / "internet", netns=lab.internet)


def name_server(lab: Lab) -> Child:
    """The Internet's name server."""
    argv = (
        "dnsmasq",
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--no-resolv",
        "--no-hosts",
        "--user=root",
        "--pid-file=",
        "--bind-interfaces",
        f"--listen-address={lab.gateway}",
        f"--address=/{INTERNET_NAME}/{lab.gateway}",
    )
    return Child(argv=argv, directory=lab.path / "names", netns=lab.internet)


def ensure(child: Child) -> bool:
    """Start it unless it runs; whether it had to be started."""
    if children.adopt(child) is not None:
        return False
    children.launch(child)
    return True


def joined(host: LabHost) -> bool:
    """Whether the host's agent has an identity."""
    return (host.directory / "state" / "identity").is_dir()


def stop_all(lab: Lab) -> None:
    """End what runs for the lab: first what starts others, then whatever is left in its namespaces."""
    for host in lab.members:
        children.stop(host.directory)
    for directory in (lab.path / "server", lab.path / "internet", lab.path / "names"):
        children.stop(directory)
    for host in lab.members:
        for record in sorted((host.directory / "run").rglob("process.json")):
            children.stop(record.parent)
    for name in filter(lab.owns, namespaces.names((f"{lab.prefix}-",))):
        for process in processes.processes_in(name):
            process.stop()


def log_tail(directory: Path, lines: int = 15) -> str:
    """The end of a process's log, for error messages."""
    log = directory / "log"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def await_pid(directory: Path, seconds: float) -> int | None:
    """The pid of a directory's process, waiting a moment for a supervisor to start it."""
    deadline = time.monotonic() + seconds
    while (pid := children.running_pid(directory)) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return pid
