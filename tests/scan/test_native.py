"""Libraries read from the start of their stream: lists that settle, late code, none, damage, and endless zeros."""

from __future__ import annotations

import io

import pytest

from stackcheck.scan import fatbin, library, native
from stackcheck.scan.elf import DamagedError
from tests.fatbins import container, elf_with, entry

BLOCK = bytes(64 << 10)


def stream(data: bytes) -> Counting:
    return Counting(data)


class Counting(io.BytesIO):
    """A stream that counts what was read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def code(*sms: int, payload: bytes = BLOCK) -> bytes:
    return container(*(entry(sm=sm, payload=payload) for sm in sms))


def read(data: bytes, *, whole: bool = False) -> tuple[native.Native, int]:
    file = stream(data)
    found = native.read("p/lib.so", file, len(data), whole=whole)
    assert found is not None
    return found, file.taken


def test_a_small_library_is_read_to_its_end() -> None:
    found, taken = read(elf_with(code(80, 90)))
    assert (found.most.cubins, found.partly, found.whole) == (("8.0", "9.0"), fatbin.Fatbins(), True)
    assert taken == len(elf_with(code(80, 90)))


def test_a_large_one_is_left_when_its_list_has_settled() -> None:
    large = elf_with(b"".join(code(80, 120) for _ in range(400)))
    assert len(large) > native.QUIET_BYTES + 2 * library.HELD
    found, taken = read(large)
    assert (found.most.cubins, found.whole) == (("8.0", "12.0"), False)
    assert native.QUIET_BYTES < taken <= native.QUIET_BYTES + library.HELD
    found, taken = read(large, whole=True)
    assert (found.most.cubins, found.whole, taken) == (("8.0", "12.0"), True, len(large))


def test_late_code_of_a_few_kernels_stands_apart_and_is_not_seen_from_the_start() -> None:
    large = elf_with(b"".join(code(80, 120) for _ in range(400)) + code(90))
    assert read(large)[0].partly == fatbin.Fatbins()
    found = read(large, whole=True)[0]
    assert (found.most.cubins, found.partly.cubins) == (("8.0", "12.0"), ("9.0",))
    assert found.line() == {
        "library": "p/lib.so",
        "whole": True,
        "cubins": ["8.0", "12.0"],
        "partly": {"cubins": ["9.0"]},
    }


def test_without_gpu_code_it_is_left_after_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "EMPTY", 16 << 20)
    file = stream(elf_with(bytes(64 << 20)))
    found = native.read("p/lib.so", file, len(file.getvalue()))
    assert found is not None
    assert (bool(found.library.code), found.whole) == (False, False)
    assert file.taken <= 20 << 20


def test_what_is_no_library_is_none() -> None:
    assert native.read("p/lib.so", stream(b"#!/bin/sh\n" * 20), 200) is None


def test_a_stream_that_ends_before_its_size_is_damaged() -> None:
    data = elf_with(code(80))
    with pytest.raises(DamagedError):
        native.read("p/lib.so", stream(data[:100]), len(data))


def test_the_release_of_an_assembler_is_read_across_the_border_of_two_reads() -> None:
    words = b"Cuda compilation tools, release 12.8, V12.8.93"
    for at in (100, library.HELD - 20, library.HELD + (1 << 20) - 10):
        data = elf_with(bytes(at) + words + bytes(64))
        found = native.read("bin/ptxas", stream(data), len(data))
        assert found is not None
        assert (found.ptxas, found.line()) == ("12.8", {"library": "bin/ptxas", "ptxas": "12.8"})
    silent = elf_with(bytes(100))
    assert native.read("bin/ptxas", stream(silent), len(silent)) == native.Native(
        "bin/ptxas", library.Library("aarch64", "shared")
    )


@pytest.mark.parametrize(("symbol", "abi"), [("RKNSt7__cxx1112basic_string", "cxx11"), ("RKSs", "pre-cxx11")])
def test_the_abi_of_an_extension_by_what_it_calls_of_torch(symbol: str, abi: str) -> None:
    data = elf_with(f"_ZN3c106detail14torchCheckFailEPKcS2_j{symbol}\0".encode())
    assert read(data)[0].abi == abi
