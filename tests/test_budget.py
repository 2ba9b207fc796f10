"""What one run may spend: a good that is spent ends what needs it, with a line that says so, and nothing else."""

from __future__ import annotations

import tarfile
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from stackcheck.budget import LIMITS, MAX_VALUE, Budget, SpentError
from stackcheck.read import ReadError, read_project
from stackcheck.read.dockerfile import MAX_STAGES
from stackcheck.read.installs import MAX_ASKS, MAX_COMMANDS
from stackcheck.scan.image import read_image
from stackcheck.scan.layers import ImageError
from tests import images
from tests.read.reading import SPARK, read

if TYPE_CHECKING:
    from pathlib import Path


def test_a_good_is_spent_once() -> None:
    budget = Budget({**LIMITS, "edges": 3})
    budget.spend("edges", 2)
    assert budget.allows("edges")
    assert not budget.allows("edges")
    with pytest.raises(SpentError, match="needs more than 3 comparisons"):
        budget.spend("edges")
    budget.spend("folders")


def test_the_seconds_of_a_run() -> None:
    now = [5.0]
    budget = Budget({**LIMITS, "seconds": 2}, lambda: now[0])
    now[0] = 7.0
    budget.check_time()
    now[0] = 7.1
    with pytest.raises(SpentError, match="needs more than 2 seconds"):
        budget.check_time()


def test_a_run_that_has_no_time_left_reads_no_more_files() -> None:
    now = [0.0]

    def load(path: str) -> bytes:
        now[0] += 100
        return f"{path[0]}==1\n".encode()

    budget = Budget(now=lambda: now[0])
    found = read_project(["a.txt", "b.sh", "setup.cfg"], SPARK, load, among_others=True, budget=budget)
    assert [(one.location.path, one.reason) for one in found.unread] == [
        ("a.txt", "It was not judged: it needs more than 120 seconds, all that one run may spend.")
    ]


@pytest.mark.parametrize("name", ["Dockerfile", "x_sh"])
def test_a_variable_that_doubles_is_not_known_beyond_what_linux_takes(name: str) -> None:
    sign = "ENV " if name == "Dockerfile" else "export "
    command = "RUN pip install" if name == "Dockerfile" else "pip install"
    head = "FROM x\n" if name == "Dockerfile" else ""
    text = f"{head}{sign}A=12\n" + f"{sign}A=$A$A\n" * 30 + f"{command} torch==2.$A b\n{sign}C=1\n{command} c==$C\n"
    result = read(**{name: text})
    assert [str(ask) for ask in result.asks] == ["b", "c==1"]
    assert "depends on A, which is not known here" in result.unread[0].reason


def test_what_all_values_come_to_is_bounded() -> None:
    """Each is as long as one may be; the commands before are read."""
    long = "x" * (MAX_VALUE - 10)
    count = LIMITS["values"] // MAX_VALUE + 5
    text = f"pip install a\nA={long}\n" + "".join(f"B{number}=y$A\n" for number in range(count)) + "pip install b\n"
    result = read(x_sh=text)
    assert [str(ask) for ask in result.asks] == ["a"]
    (one,) = result.unread
    assert one.reason == (
        "What follows was not read: the text needs more than 20,000,000 characters for the values of variables, "
        "all that one run may spend."
    )


def test_more_commands_than_anybody_writes() -> None:
    result = read(x_sh="".join(f"pip install a{number}\n" for number in range(MAX_COMMANDS + 2)))
    assert len(result.asks) == MAX_COMMANDS
    assert [(one.location.line, one.reason) for one in result.unread] == [
        (MAX_COMMANDS + 1, "What follows was not read: more than 5,000 commands come before it.")
    ]


def test_files_that_commands_read_again_and_again() -> None:
    lines = "".join(f"a{number}\n" for number in range(300))
    result = read(x_sh="pip install -r r.txt\n" * (MAX_ASKS // 300 + 5), r_txt=lines)
    assert MAX_ASKS < len(result.asks) <= MAX_ASKS + 300
    assert result.unread[-1].reason == "What follows was not read: more than 20,000 requirements come before it."


def test_more_included_files_than_anybody_names() -> None:
    with pytest.raises(ReadError, match="has more than 20,000 lines with -r or -c; name a smaller file"):
        read(r_txt="-r a.txt\n" * 20_001, a_txt="torch\n")


def test_more_stages_than_any_image_has() -> None:
    text = "FROM x AS s0\n" + "".join(
        f"FROM s{number} AS s{number + 1}\nRUN pip install a{number}\n" for number in range(5_000)
    )
    result = read(Dockerfile=text)
    assert len(result.asks) == MAX_STAGES
    assert "The file has more than 200 stages; only the last 200 were read." in {one.reason for one in result.unread}


def test_edges_to_versions_of_one_name() -> None:
    edges = ",".join(f'{{version = "{n}", markers = "os_name == \'{n}\'"}}' for n in range(700))
    packages = "".join(f'[[package]]\nname = "a"\nversion = "{n}"\n' for n in range(700))
    text = f'{packages}[[package]]\nname = "p"\nversion = "1"\n[package.dependencies]\na = [{edges}]\n'
    result = read_project(
        ["poetry.lock", "r.txt"],
        SPARK,
        {"poetry.lock": f'{text}[metadata]\nlock-version = "1.1"\n'.encode(), "r.txt": b"b\n"}.__getitem__,
        among_others=True,
    )
    assert [str(ask) for ask in result.asks] == ["b"]
    assert result.unread[0].reason.startswith("It was not judged: it needs more than 300,000 comparisons of edges")


@pytest.mark.parametrize(
    ("limits", "files", "said"),
    [
        ({"folders": 50}, {"a/b/c/d/e/f": "x"}, "needs more than 50 folders in images"),
        ({"manifests": 0}, {"a": "x"}, "needs more than 0 manifests of images"),
        ({"names": 5_000}, {"n" * 300: "x"}, "needs more than 5,000 characters for long names in images"),
        ({"names": 5_000}, {"l": f"->{'n' * 300}"}, "needs more than 5,000 characters for long names in images"),
    ],
)
def test_an_image(tmp_path: Path, limits: dict[str, int], files: dict[str, str], said: str) -> None:
    many = {f"{number}/{name}": data for number in range(20) for name, data in files.items()}
    path = images.folder(tmp_path, images.oci([images.tar(many)]))
    with pytest.raises(ImageError, match=said):
        read_image(str(path), None, lambda _: None, Budget({**LIMITS, **limits}))  # type: ignore[dict-item]


def test_small_members_of_a_packed_archive_are_kept_as_long_as_there_is_room(tmp_path: Path) -> None:
    files = {**{f"m{number}": b"x" * 1000 for number in range(100)}, **images.docker([images.tar({"etc/x": "y"})])}
    path = tmp_path / "x.tar"
    path.write_bytes(images.packed(images.tar(files), "gzip"))
    with pytest.raises(ImageError, match="no manifest"):
        read_image(str(path), None, lambda _: None, Budget({**LIMITS, "kept": 50_000}))
    assert read_image(str(path), None, lambda _: None).view.exists("/etc/x")


@pytest.mark.parametrize("name", ["n" * 5_000, "\N{SNOWMAN}" * 100_000, "\udcff" * 1_000_000])
def test_names_that_no_linux_has(name: str, tmp_path: Path) -> None:
    files = {name: "x", "a": f"->{name}", "etc/x": "y"}
    path = images.folder(tmp_path, images.oci([images.tar(files, format=tarfile.GNU_FORMAT)]))
    image = read_image(str(path), None, lambda _: None)
    assert image.left_out[0] == "2 entries (a longer path than any of Linux)"
    assert image.view.exists("/etc/x")
    assert not image.view.exists("/a")


def test_pax_records_that_say_nothing_of_a_file_are_not_kept(tmp_path: Path) -> None:
    """Headers may follow each other without end, each with a key of its own."""
    header = tarfile.TarInfo("p")
    header.type, header.size = tarfile.XHDTYPE, 1_007
    records = (f"1007 {number:04}{'k' * 995}=v\n".encode() for number in range(2_000))
    path = tmp_path / "x.tar"
    path.write_bytes(b"".join(header.tobuf() + text + bytes(17) for text in records) + images.tar({"etc/x": "y"}))
    tracemalloc.start()
    try:
        assert read_image(str(path), None, lambda _: None).view.exists("/etc/x")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
