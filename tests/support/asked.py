"""Services that are asked again and again, and how long each gave no answer."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

Probe = Callable[[], bool]
_PAUSE = 0.05


class Asked:
    """A thread for each service; what it asks must end by itself.  OSError is no answer."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._answered: dict[str, list[float]] = {name: [] for name in probes}
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=item, daemon=True) for item in probes.items()]
        for thread in self._threads:
            thread.start()

    def all_answer(self, timeout: float = 30.0) -> None:
        """Wait until each has answered something that it was asked only now."""
        now = time.monotonic()
        while silent := [name for name, times in self._answered.items() if not times or times[-1] < now]:
            if time.monotonic() > now + timeout:
                raise AssertionError(f"no answer for {timeout} s: {', '.join(silent)}")
            time.sleep(_PAUSE)

    def longest_silence(self, since: float) -> dict[str, float]:
        """Service -> the most seconds without a question that was answered, from then until its last."""
        found = {}
        for name, times in self._answered.items():
            around = [max((at for at in times if at < since), default=since), *(at for at in times if at >= since)]
            found[name] = max((after - before for before, after in pairwise(around)), default=0.0)
        return found

    def close(self) -> None:
        """Ask no more."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, name: str, probe: Probe) -> None:
        while not self._ended.is_set():
            began = time.monotonic()
            with contextlib.suppress(OSError):
                if probe():
                    self._answered[name].append(began)
            self._ended.wait(_PAUSE)


@contextlib.contextmanager
def asked(probes: Mapping[str, Probe]) -> Iterator[Asked]:
    """While the `with` lasts."""
    made = Asked(probes)
    try:
        yield made
    finally:
        made.close()
