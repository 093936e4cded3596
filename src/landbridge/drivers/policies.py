"""Security groups in the kernel: the programs of policies, and who is a member of which group.

Programs lie in one array (`tests`); an entry of `programs` says where.  New tests are written beside the
old ones, then the entry is replaced, so a packet walks through the old program or the new.  The old
place is free again only a moment later, as somebody may still be walking there.
"""

import errno
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from landbridge.drivers import records
from landbridge.drivers.bpf import BpfError
from landbridge.drivers.bpf_map import Map
from landbridge.drivers.port_table import address_bytes, address_text
from landbridge.render.kernel import Member
from landbridge.render.net import member_name
from landbridge.render.policy import Policy, ProgramKey
from landbridge.render.program import MAX_TESTS, Test, TestKind

_REST_SECONDS = 1.0
_THERE = b"\1\0\0\0"


class Space:
    """Free places in the array of tests.  `now` in seconds of any clock that only goes forward."""

    def __init__(self, size: int, taken: Iterable[tuple[int, int]]) -> None:
        """`taken`: (start, length) of what is in use."""
        self._free: list[tuple[int, int]] = []
        self._resting: deque[tuple[float, int, int]] = deque()
        at = 0
        for start, length in sorted(taken):
            if start > at:
                self._free.append((at, start - at))
            at = max(at, start + length)
        if at < size:
            self._free.append((at, size - at))

    def take(self, length: int, now: float) -> int | None:
        """First place where `length` tests fit; None: nowhere."""
        while self._resting and self._resting[0][0] <= now:
            _, start, rested = self._resting.popleft()
            self._put_back(start, rested)
        for number, (start, free) in enumerate(self._free):
            if free >= length:
                self._free[number : number + 1] = [(start + length, free - length)] if free > length else []
                return start
        return None

    def give_back(self, start: int, length: int, now: float) -> None:
        """No longer in use; to be used again when it has rested."""
        if length:
            self._resting.append((now + _REST_SECONDS, start, length))

    def _put_back(self, start: int, length: int) -> None:
        merged: list[tuple[int, int]] = []
        for at, free in sorted([*self._free, (start, length)]):
            if merged and merged[-1][0] + merged[-1][1] == at:
                merged[-1] = (merged[-1][0], merged[-1][1] + free)
            else:
                merged.append((at, free))
        self._free = merged


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A policy in the kernel.  `places`: program key as bytes -> (start, length)."""

    digest: int
    places: Mapping[bytes, tuple[int, int]]
    rules: frozenset[int] = field(default=frozenset())


class Policies:
    """Policies by name, and members."""

    def __init__(self, maps: Mapping[str, Map]) -> None:
        self._programs, self._tests, self._members = maps["programs"], maps["tests"], maps["members"]
        self._loaded: dict[str, _Loaded] = {}
        self._space = Space(0, ())
        self._known: dict[bytes, tuple[str, Member]] = {}
        """Entries of `members` that have been read before: there may be very many."""

    def read(self) -> dict[str, Policy]:
        """Policies that are whole in the kernel."""
        places: dict[str, dict[bytes, tuple[int, int]]] = {}
        digests: dict[str, set[int]] = {}
        for key, [value] in self._programs.items():
            name = f"{records.PROGRAM_KEY.unpack(key).policy:016x}"
            program = records.PROGRAM.unpack(value)
            places.setdefault(name, {})[key] = (program.place & 0xFFFFFFFF, program.place >> 32)
            digests.setdefault(name, set()).add(program.digest)
        # A change that was interrupted leaves two digests, or one whose programs are not all there.
        known = self._loaded
        self._loaded = {}
        for name, each in places.items():
            digest = digests[name].pop() if len(digests[name]) == 1 else 0
            same = name in known and known[name].digest == digest
            self._loaded[name] = _Loaded(digest, each, known[name].rules if same else self._rules(each.values()))
        taken = [place for loaded in self._loaded.values() for place in loaded.places.values()]
        self._space = Space(self._tests.max_entries, taken)
        return {name: Policy(name, loaded.digest) for name, loaded in self._loaded.items()}

    def read_members(self) -> dict[str, Member]:
        """Members by name."""
        self._known = {key: self._known.get(key) or _member(key) for key, _ in self._members.items()}
        return dict(self._known.values())

    def put(self, policy: Policy) -> frozenset[int]:
        """Load a policy in place of what has its name.  Returns the rules that nothing has any more.

        Raises:
            BpfError: it is longer than a program may be, or there is no room.
        """
        now = time.monotonic()
        longest = max(len(program) for _, program in policy.programs)
        if longest > MAX_TESTS:
            raise BpfError(errno.E2BIG, f"its rules need {longest} tests for one protocol, {MAX_TESTS} can be made")
        before = self._loaded.get(policy.name)
        places: dict[bytes, tuple[int, int]] = {}
        values: dict[bytes, bytes] = {}
        tests: dict[bytes, bytes] = {}
        for key, program in policy.programs:
            start = self._space.take(len(program), now) if program else 0
            if start is None:
                for at, length in places.values():
                    self._space.give_back(at, length, now)
                raise BpfError(errno.ENOSPC, f"this host has no room for {len(program)} more tests of rules")
            name = _program_key(policy.name, key)
            places[name] = (start, len(program))
            values[name] = records.PROGRAM.pack(len(program) << 32 | start, policy.digest)
            tests.update({records.KEY.pack(start + at): _test(test) for at, test in enumerate(program)})
        self._tests.update(tests)
        # The digest says that all of it is there: the program that every policy has goes last.
        first = next(iter(values))
        self._programs.update({name: value for name, value in values.items() if name != first})
        if before is not None:
            self._programs.delete(*(name for name in before.places if name not in places))
        self._programs.update({first: values[first]})
        self._loaded[policy.name] = _Loaded(policy.digest, places, policy.rules)
        return self._gone(before, now)

    def delete(self, name: str) -> frozenset[int]:
        """Take a policy away; absent is fine.  Returns the rules that nothing has any more."""
        before = self._loaded.pop(name, None)
        if before is not None:
            self._programs.delete(*before.places)
        return self._gone(before, time.monotonic())

    def put_members(self, members: Iterable[Member]) -> None:
        """Enter members.  BpfError: the map is full."""
        self._members.update({_member_key(member): _THERE for member in members})

    def delete_members(self, members: Iterable[Member]) -> None:
        """Take members out; absent ones are fine."""
        self._members.delete(*map(_member_key, members))

    def _gone(self, before: _Loaded | None, now: float) -> frozenset[int]:
        if before is None:
            return frozenset()
        for start, length in before.places.values():
            self._space.give_back(start, length, now)
        return before.rules.difference(*(loaded.rules for loaded in self._loaded.values()))

    def _rules(self, places: Iterable[tuple[int, int]]) -> frozenset[int]:
        """Numbers of the rules in some programs."""
        found = set()
        for start, length in places:
            for at in range(start, start + length):
                value = self._tests.get(records.KEY.pack(at))
                if value is not None:
                    test = records.TEST.unpack(value[0])
                    if test.kind == TestKind.VERDICT:
                        found.add(int.from_bytes(test.operand[:4], "little"))
        return frozenset(found)


def _program_key(policy: str, key: ProgramKey) -> bytes:
    return records.PROGRAM_KEY.pack(int(policy, 16), int(key.egress), key.family, key.protocol, b"")


def _test(test: Test) -> bytes:
    order = "big" if test.kind == TestKind.PREFIX else "little"
    operand = b"".join(word.to_bytes(4, order) for word in test.operand)  # type: ignore[arg-type]  # one of the two
    return records.TEST.pack(operand, test.first, test.last, test.yes, test.no, int(test.kind), test.prefix_len, b"")


def _member(key: bytes) -> tuple[str, Member]:
    found = records.MEMBER_KEY.unpack(key)
    address = address_text(found.address)
    return member_name(found.group, found.domain, address), Member(found.group, found.domain, address)


def _member_key(member: Member) -> bytes:
    return records.MEMBER_KEY.pack(member.group, member.domain, address_bytes(member.address))
