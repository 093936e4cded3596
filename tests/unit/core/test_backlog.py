"""A backlog with several readers, held against plain lists of everything that happened."""

from collections import defaultdict
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from landbridge.core.backlog import Backlog, Cursor, cursor_of, cursor_text

KEEP = 3
STREAMS = (1, 2, 3)
streams = st.sampled_from(STREAMS)


@dataclass
class Reader:
    """Reads some streams, and adds up."""

    streams: tuple[int, ...]
    cursor: Cursor = field(default_factory=dict)
    items: list[tuple[int, int]] = field(default_factory=list)
    lost: int = 0

    def read(self, backlog: "Backlog[tuple[int, int]]", most: int) -> None:
        news = backlog.has_news(self.cursor, self.streams)
        taken = backlog.take(self.cursor, self.streams, most)
        assert news == bool(taken.items or taken.lost)
        assert len(taken.items) <= most
        self.cursor = taken.cursor
        self.items += taken.items
        self.lost += taken.lost


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), streams, st.just(1)),
        st.tuples(st.just("lose"), streams, st.integers(1, 5)),
        st.tuples(st.just("read"), st.integers(0, 2), st.integers(1, 4)),
    ),
    max_size=60,
)


@given(steps)
def test_told_and_lost_are_all_there_was(done: list[tuple[str, int, int]]) -> None:
    backlog: Backlog[tuple[int, int]] = Backlog(KEEP)
    backlog.follow(STREAMS)
    readers = [Reader((1,)), Reader((2, 3)), Reader(STREAMS)]
    for reader in readers:
        reader.cursor = backlog.anchored({}, reader.streams)
    happened: list[tuple[int, int]] = []
    total: defaultdict[int, int] = defaultdict(int)
    for what, which, number in done:
        match what:
            case "add":
                happened.append((which, len(happened)))
                backlog.add(which, happened[-1])
                total[which] += 1
            case "lose":
                backlog.lose(which, number)
                total[which] += number
            case _:
                readers[which].read(backlog, number)
    for reader in readers:
        while backlog.has_news(reader.cursor, reader.streams):
            reader.read(backlog, 2)
        assert len(reader.items) + reader.lost == sum(total[stream] for stream in reader.streams)
        assert reader.items == [item for item in happened if item in set(reader.items)], "in order, none twice"
        assert all(stream in reader.streams for stream, _ in reader.items)
        for stream in reader.streams:
            last = [item for item in happened if item[0] == stream][-KEEP:]
            assert [item for item in reader.items if item[0] == stream][-len(last) :] == last or not last


def test_who_comes_later_gets_what_is_kept_and_has_lost_nothing() -> None:
    backlog: Backlog[int] = Backlog(KEEP)
    backlog.follow([1])
    for number in range(10):
        backlog.add(1, number)
    taken = backlog.take({}, [1], 100)
    assert (taken.items, taken.lost) == ((7, 8, 9), 0)


def test_a_stream_begins_anew_after_it_was_forgotten() -> None:
    """An old cursor neither hides what is new nor counts what nobody watched as lost."""
    backlog: Backlog[str] = Backlog(KEEP)
    backlog.follow([1, 2])
    backlog.add(1, "old")
    cursor = backlog.take({}, [1], 9).cursor
    backlog.forget([1])
    backlog.add(1, "unseen")
    backlog.follow([1])
    assert backlog.take(cursor, [1], 9).items == ()
    backlog.add(1, "new")
    taken = backlog.take(cursor, [1], 9)
    assert (taken.items, taken.lost) == (("new",), 0)


def test_unknown_streams_have_no_news() -> None:
    backlog: Backlog[str] = Backlog(KEEP)
    backlog.add(5, "unseen")
    assert not backlog.has_news({}, [5])
    assert backlog.take({5: 7}, [5], 9).items == ()


@given(st.dictionaries(st.integers(0, 2**32), st.integers(0, 2**62), max_size=4))
def test_a_cursor_survives_being_text(cursor: dict[int, int]) -> None:
    assert cursor_of("a1", cursor_text("a1", cursor)) == cursor
    assert cursor_of("b2", cursor_text("a1", cursor)) == {}


@given(st.text(max_size=40), st.integers(0, 5))
def test_any_text_is_a_cursor_somewhere(text: str, count: int) -> None:
    backlog: Backlog[int] = Backlog(KEEP)
    backlog.follow([1])
    for number in range(count):
        backlog.add(1, number)
    for written in (text, f"a1.{text}", f"a1.1-{text}"):
        taken = backlog.take(cursor_of("a1", written), [1], 9)
        assert 0 <= taken.lost <= count
