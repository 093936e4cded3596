"""Variants measured in turn, and compared within each round."""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

CONFIDENCE = 0.95


class Paired:
    """Figures of several variants by round; each round measures all of them."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[float]] = defaultdict(list)

    def add(self, variant: str, what: str, figure: float) -> None:
        """One round's figure."""
        self._found[variant, what].append(figure)

    def measure(self, rounds: int, variants: Mapping[str, Callable[[], Mapping[str, float]]]) -> None:
        """Each round goes through the variants there and back, so that a drift of the machine cancels.

        Who is first changes from round to round; a round's figure is the mean of its two.
        """
        for turn in range(rounds):
            names = list(variants)
            names = names[turn % len(names) :] + names[: turn % len(names)]
            two: dict[tuple[str, str], list[float]] = defaultdict(list)
            for name in (*names, *reversed(names)):
                for what, figure in variants[name]().items():
                    two[name, what].append(figure)
            for (name, what), figures in two.items():
                self.add(name, what, statistics.fmean(figures))

    def figure(self, variant: str, what: str) -> float:
        """Median over the rounds."""
        return statistics.median(self._found[variant, what])

    def ratio(self, what: str, one: str, other: str) -> str:
        """Median of the rounds' ratios, and the interval in which the true median lies (95 %)."""
        pairs = zip(self._found[one, what], self._found[other, what], strict=True)
        ratios = sorted(first / second for first, second in pairs)
        low, high = interval(ratios)
        return f"{statistics.median(ratios):.3f}× ({low:.3f} to {high:.3f})"


def interval(ordered: Sequence[float]) -> tuple[float, float]:
    """Confidence interval of the median of sorted values, by order statistics (no distribution assumed).

    With few values it is the whole range, and holds less surely than CONFIDENCE.
    """
    count = len(ordered)
    outside, below = 0.0, 0
    while below < count // 2:
        outside += 2 * math.comb(count, below) / 2**count
        if outside > 1 - CONFIDENCE:
            break
        below += 1
    cut = max(0, below - 1)
    return ordered[cut], ordered[count - 1 - cut]
