"""The report for people: the whole text, within 80 columns, with the line that is meant."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.judge import causes
from stackcheck.model import Finding, Fix, Location, Reason, Report, Source, Stack
from stackcheck.report import text
from stackcheck.report.excerpt import Excerpts
from stackcheck.values import replace
from stackcheck.wording import command_lines

LINE = b'dependencies = ["numpy", "torch==2.9.0"]\n'
FINDING = Finding(
    kind="builds",
    id="torch/pypi-aarch64-cpu",
    severity="error",
    subject="torch",
    message="PyTorch 2.9.0 from PyPI is a CPU-only build on aarch64; this GPU (NVIDIA GB10) is not used.",
    location=Location("pyproject.toml", 1, 27, 39),
    because=(
        Reason("torch==2.9.0 is asked for", "pyproject.toml:1"),
        Reason("PyPI gives a build without CUDA here", "torch/pypi-aarch64-cpu"),
    ),
    fix=Fix("Take the CUDA build.", ("pip install torch --index-url https://download.pytorch.org/whl/cu130",)),
    sources=(Source("https://github.com/pytorch/pytorch/issues/160162", "2026-11-22", "reported"),),
)
OTHER = replace(FINDING, message=FINDING.message.replace("GB10", "GB11"))
REPORT = Report("target dgx-spark", "2026.11.22", (FINDING, OTHER), 3, left_out=(("ignored", 2),))
SHOWN = """\
stackcheck: target dgx-spark (matrix 2026.11.22)

Broken
  ✗ pyproject.toml:1: PyTorch 2.9.0 from PyPI is a CPU-only build on aarch64;
    this GPU (NVIDIA GB10) is not used.
      1 | dependencies = ["numpy", "torch==2.9.0"]
        |                           ^^^^^^^^^^^^
    fix: Take the CUDA build.
         $ pip install torch --index-url https://download.pytorch.org/whl/cu130
    because: torch==2.9.0 is asked for (pyproject.toml:1)
           → PyPI gives a build without CUDA here (torch/pypi-aarch64-cpu)
    source: https://github.com/pytorch/pytorch/issues/160162
            (reported, seen 2026-11-22)
    id: torch/pypi-aarch64-cpu
"""


def test_the_whole_text() -> None:
    said = text.render(REPORT, sources={"pyproject.toml": LINE})
    body = SHOWN.partition("Broken\n")[2].replace("GB10", "GB11")
    assert said == f"{SHOWN}\n{body}\n2 errors; 3 facts held, 2 ignored\nErrors: torch\n"
    assert max(map(len, said.splitlines())) <= 80


def test_several_targets_are_a_table_and_equal_findings_are_said_once() -> None:
    names = ("dgx-spark", "gh200", "x86_64-h100")
    found = tuple(replace(FINDING, target=name) for name in names[:2])
    stacks = tuple((f"target {name}", Stack()) for name in names)
    elsewhere = replace(FINDING, target="gh200", location=Location("Dockerfile", 3), fix=None)
    report = Report("target dgx-spark, …", "1", (*found, replace(OTHER, target="gh200"), elsewhere), 3, stacks=stacks)
    assert (
        text.render(causes.merged(report), quiet=True)
        == """\
stackcheck: target dgx-spark, … (matrix 1)

                          dgx-spark  gh200  x86_64-h100
torch (pyproject.toml:1)  ✗          ✗      ✓
torch (Dockerfile:3)      ✓          ✗      ✓

Broken
  ✗ [dgx-spark, gh200] pyproject.toml:1: PyTorch 2.9.0 from PyPI is a CPU-only
    build on aarch64; this GPU (NVIDIA GB10 or GB11) is not used.
    also at: Dockerfile:3
    fix at pyproject.toml:1: Take the CUDA build.
         $ pip install torch --index-url https://download.pytorch.org/whl/cu130

1 error; 3 facts held
Errors: torch
"""
    )


def test_remedies_that_differ_say_for_which_target_they_are() -> None:
    jetson = replace(FINDING, target="jetson-orin", fix=Fix("Take the Jetson index."))
    other = replace(jetson, target="gh200", message="Another sentence, which has nothing in common with it.")
    report = causes.merged(Report("x", "1", (replace(FINDING, target="dgx-spark"), jetson, other), 3))
    shown = text.render(report, quiet=True)
    assert "    fix on dgx-spark: Take the CUDA build.\n" in shown
    assert "    fix on jetson-orin, gh200: Take the Jetson index.\n" in shown
    assert "    on gh200: Another sentence, which has nothing in common with it.\n" in shown


def test_what_follows_from_a_cause_is_under_it() -> None:
    code = replace(FINDING, kind="gpu-code", id="torch/code", message="It has no code for 12.1.", fix=None)
    shown = text.render(causes.merged(Report("x", "1", (code, FINDING), 3)), quiet=True)
    assert "    also: It has no code for 12.1.\n" in shown
    assert shown.endswith("\n1 error; 3 facts held\nErrors: torch\n")


def test_many_targets_have_a_line_of_their_own() -> None:
    names = ("dgx-spark", "gh200", "gb200", "jetson-thor")
    report = causes.merged(Report("x", "1", tuple(replace(FINDING, target=name) for name in names), 3))
    assert "    on: dgx-spark, gh200, gb200, jetson-thor\n" in text.render(report, quiet=True)


def test_the_last_line_names_the_errors_as_far_as_it_reaches() -> None:
    found = tuple(replace(FINDING, subject=f"a-long-name-{number}", id=f"x/{number}") for number in range(9))
    last = text.render(Report("x", "1", found, 0)).splitlines()[-1]
    assert last == "Errors: a-long-name-0, a-long-name-1, a-long-name-2, a-long-name-3 and 5 more"
    involved = ("compute-capability", "tensorrt")
    platform = replace(FINDING, id="tensorrt/trt", subject="compute-capability", involves=involved)
    assert text.render(Report("x", "1", (platform,), 0)).endswith("\nErrors: tensorrt\n")


class TestWeights:
    def painted(self, **options: bool) -> str:
        return text.render(
            Report("x", "1", (FINDING,), 0), paint=lambda words, style: f"<{style}>{words}</>", **options
        )

    def test_the_message_is_bold_the_reason_dim_and_the_source_a_link(self) -> None:
        shown = self.painted()
        assert "<cyan>pyproject.toml:1: </><bold>PyTorch 2.9.0 from PyPI is a CPU-only build on aarch64;</>" in shown
        assert "    <bold green>fix:</> Take the CUDA build.\n" in shown
        assert "<dim>    because: torch==2.9.0 is asked for (pyproject.toml:1)</>" in shown
        url = FINDING.sources[0].url
        assert f"<dim link {url}>{url}</>" in shown
        assert f"<dim link {url}>torch/pypi-aarch64-cpu</>" in shown

    def test_without_sources_the_id_leads_to_them(self) -> None:
        shown = self.painted(cited=False)
        assert "source:" not in shown
        assert f"<dim link {FINDING.sources[0].url}>torch/pypi-aarch64-cpu</>" in shown
        assert "`--verbose` shows the sources." in shown

    def test_a_long_address_is_in_one_piece(self) -> None:
        url = f"https://example.org/{'very/' * 20}long.rst"
        report = Report("x", "1", (replace(FINDING, sources=(Source(url, "2026-11-22", "official"),)),), 0)
        assert url in text.render(report).splitlines()
        short = text.render(report, paint=lambda words, style: words, linked=True)
        assert "    source: example.org/…/long.rst (official, seen 2026-11-22)\n" in short


def test_a_long_command_is_continued_and_an_option_keeps_its_value() -> None:
    command = f"pip install {' '.join(f'package-{n}==1.0' for n in range(5))} --index-url https://example.org/simple"
    lines = command_lines(command, 69, 65)
    assert lines[-1] == "--index-url https://example.org/simple"
    assert all(line.endswith(" \\") for line in lines[:-1])
    assert max(map(len, lines)) <= 67
    assert " ".join(line.removesuffix(" \\") for line in lines) == command
    whole = f"echo '{'a b ' * 30}'"
    assert command_lines(whole, 69, 65) == [whole]


def test_quiet_is_the_message_and_the_fix() -> None:
    said = text.render(REPORT, sources={"pyproject.toml": LINE}, quiet=True)
    assert "^^^" not in said
    assert "because" not in said
    assert said.count("fix: Take the CUDA build.") == 2


class TestExcerpt:
    def of(self, data: bytes, place: Location, width: int = 40) -> list[str]:
        return Excerpts({"a.txt": data}).of(place, width)

    def test_the_line_as_an_editor_counts(self) -> None:
        data = b"\xef\xbb\xbfnumpy\r\ntorch==2\rjax\n"
        assert self.of(data, Location("a.txt", 2, 1, 6)) == ["2 | torch==2", "  | ^^^^^"]
        assert self.of(data, Location("a.txt", 3)) == ["3 | jax"]

    def test_a_long_line_is_cut_around_what_is_meant(self) -> None:
        data = b"x" * 100 + b"torch==2" + b"y" * 100
        shown, carets = self.of(data, Location("a.txt", 1, 101, 109))
        assert shown == f"1 | …{'x' * 15}torch==2{'y' * 11}…"
        assert carets == f"  | {' ' * 16}^^^^^^^^"
        assert len(shown) == 40

    def test_control_characters_count_as_they_are_shown(self) -> None:
        assert self.of(b"\x1b\ttorch", Location("a.txt", 1, 3, 8)) == ["1 | \\x1b torch", "  |      ^^^^^"]

    def test_no_secret(self) -> None:
        data = b"torch @ https://user:secret@index.example/a.whl?token=x"
        assert self.of(data, Location("a.txt", 1, 1, 50), 60) == ["1 | torch @ https://index.example/a.whl"]

    @pytest.mark.parametrize(
        "place", [None, Location("a.txt"), Location("b.txt", 1), Location("a.txt", 9), Location("a.txt", 9, 2, 3)]
    )
    def test_a_place_that_is_not_there(self, place: Location | None) -> None:
        assert Excerpts({"a.txt": b"torch\n"}).of(place, 40) == []

    def test_an_end_before_the_start_has_no_carets(self) -> None:
        assert self.of(b"torch", Location("a.txt", 1, 9, 12)) == ["1 | torch"]


@given(
    st.text("ab-., \té", max_size=60),
    st.integers(5, 30),
    st.sampled_from(["", "  ", "x: "]),
    st.sampled_from(["", "    "]),
)
def test_lines_are_filled_as_textwrap_fills_them(words: str, width: int, first: str, rest: str) -> None:
    ours = text._wrap(words, width, first, rest)
    assert ours == textwrap.wrap(
        words, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=False
    )
