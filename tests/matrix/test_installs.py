"""What a wheel takes for itself: packages, modules, and libraries in folders that several distributions share."""

from __future__ import annotations

import pytest

from stackcheck.matrix.installs import MOST, installs


def of(*paths: str, size: int = 1000) -> tuple[str, ...] | None:
    return installs([(path, size) for path in paths])


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["cv2/__init__.py", "cv2/data/x.xml", "opencv_python.libs/libav.so", "x-1.dist-info/METADATA"], ("cv2",)),
        (["six.py", "six-1.17.0.dist-info/RECORD"], ("six",)),
        (["_cffi_backend.cpython-312-aarch64-linux-gnu.so", "_x.abi3.so", "y.cp312-win_amd64.pyd", "z.so"],
         ("_cffi_backend", "_x", "y", "z")),
        (["jax_plugins/xla_cuda13/__init__.py"], ("jax_plugins/xla_cuda13",)),
        (["nvidia/cu13/lib/libcublas.so.13", "nvidia/cu13/lib/libnvblas.so.13", "nvidia/cu13/include/cublas.h"],
         ("nvidia/cu13/include/", "nvidia/cu13/lib/libcublas.so.13", "nvidia/cu13/lib/libnvblas.so.13")),
        (["x-1.data/purelib/pkg/__init__.py", "x-1.data/scripts/run", "x-1.data/headers/a.h"], ("pkg",)),
        (["cmeel.prefix/lib/python3.14/site-packages/coal/__init__.py"],
         ("cmeel.prefix/lib/python3/site-packages/coal",)),
        (["pkg/__init__.pyc"], ("pkg",)),
        (["google/", "google/rpc/code_pb2.py"], ("google/rpc/code_pb2",)),
        ([], ()),
    ],
)  # fmt: skip
def test_names(paths: list[str], expected: tuple[str, ...]) -> None:
    assert of(*paths) == expected


def test_an_init_that_only_declares_a_namespace_is_looked_through() -> None:
    paths = ("nvidia/__init__.py", "nvidia/cublas/__init__.py", "nvidia/cublas/lib/__init__.py", "nvidia/cublas/lib/a")
    assert of(*paths, size=0) == ("nvidia/cublas/lib",)
    assert of(*paths) == ("nvidia",)


def test_many_modules_without_a_package_are_a_folder_that_others_may_use() -> None:
    assert of(*(f"google/type/m{number}_pb2.py" for number in range(40))) == ("google/type/",)


def test_there_are_never_many_names() -> None:
    many = of(*(f"a/b{one}/c{two}/__init__.py" for one in range(20) for two in range(20)))
    assert many == tuple(sorted(f"a/b{one}/" for one in range(20)))
    assert len(of(*(f"m{number}.py" for number in range(1000))) or ()) == MOST


@pytest.mark.parametrize("path", ["../etc/x.py", "a/../../x.py", "/etc/x.py", "a\\..\\x.py", "a/\x1b[2J.py", "a//b.py"])
def test_a_path_that_leads_outside_makes_the_list_unknown(path: str) -> None:
    assert of("pkg/__init__.py", path) is None


def test_deep_trees_end() -> None:
    assert of("/".join(["d"] * 10_000) + "/x.py") == ("d/",)
