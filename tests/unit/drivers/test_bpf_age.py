"""The eBPF objects need nothing that Linux 5.15 has not got: no newer helper, map, program type or instruction.

5.15 is the oldest kernel that we load on, and none of the kernels that tests run on.  What it has is in its
include/uapi/linux/bpf.h (tag v5.15): `__BPF_FUNC_MAPPER` ends with task_pt_regs (175; 5.16 added
get_branch_snapshot), `enum bpf_map_type` with BPF_MAP_TYPE_TASK_STORAGE (29), `enum bpf_prog_type` with
BPF_PROG_TYPE_SYSCALL (31), `enum bpf_attach_type` with BPF_PERF_EVENT (41).  Its tc programs may not call
functions of the kernel; the instructions of clang's `-mcpu=v4` came with 6.6 (the kernel's
Documentation/bpf/standardization/instruction-set.rst).
"""

import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from landbridge.drivers import bpf, bpf_object
from landbridge.drivers.bpf_compile import compile_command

LAST_HELPER, LAST_MAP, LAST_PROGRAM, LAST_ATTACH = 175, 29, 31, 41

_ELF_HEADER = struct.Struct("<40xQ10xHH")
"""Where the section headers are, their size and number."""
_SECTION = struct.Struct("<4xIQ8xQQ")
"""Type, flags, place and size of a section."""
_SYMBOL = struct.Struct("<6xH16x")
"""The section that defines a symbol."""
_EXECUTABLE, _SYMBOLS = 0x4, 2
_INSTRUCTION = struct.Struct("<BBhi")
_CALL, _LOAD_WIDE = 0x85, 0x18
_HELPER = 0
_MOVES, _DIVISIONS = (0xB4, 0xB7, 0xBC, 0xBF), (0x34, 0x37, 0x3C, 0x3F, 0x94, 0x97, 0x9C, 0x9F)
_BYTE_SWAP, _LONG_JUMP, _MAY_GOTO, _SIGNED_LOADS = 0xD7, 0x06, 0xE5, (0x81, 0x89, 0x91)


def newer(path: Path) -> list[str]:
    """What an object needs that 5.15 lacks."""
    found = [f"map {one.name} of type {one.type}" for one in bpf.describe(path)[0] if one.type > LAST_MAP]
    lib = bpf.libbpf().lib
    with bpf._opened(path) as object_:
        for program in bpf._each(lib.bpf_object__next_program, object_):
            name = lib.bpf_program__name(program).decode()
            if lib.bpf_program__type(program) > LAST_PROGRAM:
                found.append(f"program {name} of type {lib.bpf_program__type(program)}")
            if lib.bpf_program__expected_attach_type(program) > LAST_ATTACH:
                found.append(f"attach type {lib.bpf_program__expected_attach_type(program)} of {name}")
    if any(undefined(path)):
        found.append("something that only the kernel defines")
    for opcode, registers, offset, value in instructions(path):
        if opcode == _CALL and registers >> 4 == _HELPER and value > LAST_HELPER:
            found.append(f"helper {value}")
        signed = offset != 0 and opcode in (*_MOVES, *_DIVISIONS)
        if signed or opcode in (_BYTE_SWAP, _LONG_JUMP, _MAY_GOTO, *_SIGNED_LOADS):
            found.append(f"instruction {opcode:#04x}")
    return found


def helpers(path: Path) -> set[int]:
    """Helpers that are called, by number."""
    calls = ((registers >> 4, value) for opcode, registers, _, value in instructions(path) if opcode == _CALL)
    return {value for kind, value in calls if kind == _HELPER}


def instructions(path: Path) -> Iterator[tuple[int, int, int, int]]:
    """Opcode, registers, offset and value of every instruction."""
    for _, flags, body in sections(path):
        code = _INSTRUCTION.iter_unpack(body if flags & _EXECUTABLE else b"")
        for instruction in code:
            yield instruction
            if instruction[0] == _LOAD_WIDE:
                next(code)  # its upper half


def undefined(path: Path) -> Iterator[bool]:
    """For every symbol but the first, which is none, whether the object leaves it to others."""
    for kind, _, body in sections(path):
        if kind == _SYMBOLS:
            yield from (section == 0 for (section,) in list(_SYMBOL.iter_unpack(body))[1:])


def sections(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Type, flags and body of each section of an ELF file."""
    data = path.read_bytes()
    headers, size, count = _ELF_HEADER.unpack_from(data)
    for number in range(count):
        kind, flags, start, length = _SECTION.unpack_from(data, headers + number * size)
        yield kind, flags, data[start : start + length]


OBJECTS = {
    "nic": ({1, 2, 9, 23, 26, 125, 130, 131, 163}, {"ports", "connections", "events", "shortcuts", "signals"}),
    "router": ({1, 2, 69, 130}, {"flows", "wanted"}),
}
"""Helpers that are known to be called (bpf_map_lookup_elem, bpf_skb_load_bytes, bpf_ringbuf_output, …), and maps."""


@pytest.fixture(scope="module", params=OBJECTS)
def name(request: pytest.FixtureRequest) -> str:
    """Of an object."""
    return str(request.param)


@pytest.fixture(scope="module")
def ours(name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The object of this source."""
    return bpf_object.find_object(tmp_path_factory.mktemp("object"), name)


def test_the_object_needs_nothing_newer(ours: Path) -> None:
    assert newer(ours) == []


def test_all_of_it_was_looked_at(ours: Path, name: str) -> None:
    called, maps = OBJECTS[name]
    assert called <= helpers(ours)
    assert maps <= {definition.name for definition in bpf.describe(ours)[0]}
    lib = bpf.libbpf().lib
    with bpf._opened(ours) as object_:
        total = sum(lib.bpf_program__insn_cnt(one) for one in bpf._each(lib.bpf_object__next_program, object_))
    assert 0 < total <= sum(1 for _ in instructions(ours)) * 2


HEAD = """
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char _license[] SEC("license") = "GPL";
"""
NEWER = {
    "helper 181": "static long one(__u32 i, void *c) { return 0; }\n"
    'SEC("tc") int p(struct __sk_buff *skb) { return bpf_loop(4, one, 0, 0); }',
    "map m of type 30": "struct { __uint(type, BPF_MAP_TYPE_BLOOM_FILTER); __type(value, __u32);"
    ' __uint(max_entries, 4); } m SEC(".maps");\n'
    'SEC("tc") int p(struct __sk_buff *skb) { __u32 v = 1; return bpf_map_peek_elem(&m, &v); }',
    "something that only the kernel defines": "extern void bpf_rcu_read_lock(void) __ksym;\n"
    'SEC("tc") int p(struct __sk_buff *skb) { bpf_rcu_read_lock(); return 0; }',
}


@pytest.mark.parametrize("what", NEWER)
def test_what_is_newer_is_found(tmp_path: Path, what: str) -> None:
    (tmp_path / "p.c").write_text(HEAD + NEWER[what])
    subprocess.run(compile_command(tmp_path / "p.c", tmp_path / "p.o"), check=True)
    assert what in newer(tmp_path / "p.o")
