"""Figures of a benchmark, and the page they stand on."""

import datetime
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


@dataclass
class Report:
    """One benchmark's result: rows of (what, figure, goal)."""

    name: str
    title: str
    about: str
    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, what: str, figure: str, goal: str = "") -> None:
        """One figure, shown at once."""
        self.rows.append((what, figure, goal))
        print(f"  {what}: {figure}" + (f"   (goal: {goal})" if goal else ""), flush=True)

    def markdown(self) -> str:
        """Its section of the page."""
        lines = [f"## {self.title}", "", self.about, "", f"{_machine()}, `python -m tests.bench {self.name}`", ""]
        lines += ["| what | measured | goal |", "|---|---|---|"]
        lines += [f"| {what} | {figure} | {goal} |" for what, figure, goal in self.rows]
        return "\n".join(lines) + "\n"


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def write(reports: Sequence[Report]) -> None:
    """Replace these benchmarks' sections of the page; others stay."""
    head = "# Benchmarks\n\nThe last result of each, with the command that repeats it. Medians unless said.\n"
    text = PAGE.read_text() if PAGE.exists() else head
    sections = text.split("\n## ")
    kept = {section.split("\n", 1)[0]: section for section in sections[1:]}
    for report in reports:
        kept[report.title] = report.markdown().removeprefix("## ").rstrip("\n") + "\n"
    PAGE.write_text("\n## ".join([head.rstrip("\n") + "\n", *kept.values()]))


def _machine() -> str:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kernel = ".".join(platform.release().split(".")[:2])
    return f"{today}, a virtual machine with {os.cpu_count()} cores and {memory:.0f} GiB, Linux {kernel}"
