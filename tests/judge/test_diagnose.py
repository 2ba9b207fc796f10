"""What the lines of a log come to: matching, the three-valued judgement, and the share of right causes in the field."""

from __future__ import annotations

import importlib.util
import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.judge import log
from stackcheck.judge.diagnose import diagnose
from stackcheck.matrix.errors import MatrixError
from stackcheck.matrix.load import read_file
from stackcheck.matrix.rows import Symptom
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.model import Absent, Finding, Gpu, Known, Origin, Report, Stack
from stackcheck.read import read_project
from stackcheck.read.environment import parse_environment
from stackcheck.read.want import parse_feature
from stackcheck.session.files import LOG_LIMIT
from tests.cli.command import stackcheck
from tests.judge import small

if TYPE_CHECKING:
    from types import ModuleType

CASES = Path(__file__).parents[3] / "shared" / "cases"
SYMPTOMS = (
    """
[product.symptoms]
title = "known lines"
"""
    + small.SOURCE
    + """
[[symptom]]
id     = "no-kernel"
lines  = ["no kernel image is available", "kernel … is missing for …"]
about  = ["torch"]
points = ["torch:gpu-code"]
cause  = "torch has no code for this GPU."
fix    = "Take another build."
source = "page"

[[symptom]]
id     = "range"
lines  = ["maximum capability is (…) - (12.0)"]
about  = ["torch"]
points = ["torch:gpu-code"]
cause  = "torch compares numbers."
harmless = { compute-capability = "12.1" }
harmless-why = "code for 12.0 runs there."
source = "page"

[[symptom]]
id     = "arm-only"
lines  = ["static block is full"]
about  = ["libgomp"]
where  = { arch = "aarch64" }
cause  = "OpenMP is loaded late."
source = "page"

[[symptom]]
id     = "full"
lines  = ["block is full"]
about  = ["memory"]
cause  = "Memory is short."
source = "page"

[[symptom]]
id     = "no-wheel"
lines  = ["No distribution for …", "… is no wheel for this"]
names  = true
points = ["*:builds"]
cause  = "the index has no wheel of it."
source = "page"
"""
)
CUBIN_11 = (Gpu("NVIDIA Thor", "11.0", Origin("the GPU is Thor", "probe")),)


def said(text: str, stack: Stack, **more: str) -> list[Finding]:
    """The findings on a log, by the small matrix."""
    return list(report(text, stack, **more).findings)


def report(text: str, stack: Stack, **more: str) -> Report:
    store = small.store(symptoms=SYMPTOMS, **more)
    return diagnose(text, stack, store, path="run.log", subject="test", version="1")


def torch(version: str) -> dict[str, Known]:
    """An environment with this torch."""
    return {"torch": Known(version, Origin(f"torch {version} is installed", "site-packages"))}


def thor(**more: object) -> Stack:
    return small.spark(gpus=CUBIN_11, **more)


def test_a_confirmed_cause_is_an_error_with_the_line_and_the_chain() -> None:
    (finding,) = said("ok\nCUDA error: no kernel image is available for\n", thor(packages=torch("2.9.1+cu128")))
    assert (finding.severity, finding.id, finding.subject) == ("error", "symptoms/no-kernel", "torch")
    assert str(finding.location) == "run.log:2"
    assert finding.message.startswith("torch has no code for this GPU. Here: PyTorch 2.9.1+cu128")
    assert finding.because[0].text == "CUDA error: no kernel image is available for"
    assert any("torch/cu128" in reason.origin for reason in finding.because)
    assert "compute-capability" in finding.involves


def test_a_cause_that_nothing_confirms_is_still_possible() -> None:
    (finding,) = said("no kernel image is available", small.spark(packages=torch("2.9.1+cu130")))
    assert finding.severity == "error"
    assert finding.message == "torch has no code for this GPU."
    assert finding.fix is not None
    assert finding.fix.text == "Take another build."


@pytest.mark.parametrize(
    ("stack", "severity", "words"),
    [
        (small.spark(packages=torch("2.9.1+cu130")), "note", "Harmless here: code for 12.0 runs there."),
        (thor(packages=torch("2.9.1+cu128")), "error", "Here: PyTorch 2.9.1+cu128"),
        (Stack(), "unknown", "If the compute capability is 12.1, it is harmless"),
        (small.spark(gpus=Absent(Origin("no GPU", "probe"))), "unknown", "If the compute capability is 12.1, it is"),
    ],
    ids=["harmless", "fatal", "not known", "a log of another machine"],
)
def test_harmless_is_a_question_of_the_machine(stack: Stack, severity: str, words: str) -> None:
    (finding,) = said("maximum capability is (8.0) - (12.0)", stack)
    assert finding.severity == severity
    assert words in finding.message


def test_harmless_needs_every_gpu() -> None:
    both = small.spark(gpus=(*small.GB10, *CUBIN_11), packages=torch("2.9.1+cu128"))
    (finding,) = said("maximum capability is (8.0) - (12.0)", both)
    assert finding.severity == "error"


def test_where_decides_between_the_rows_of_one_line() -> None:
    line = "the static block is full"
    arm = said(line, small.spark())
    assert [(finding.id, finding.severity) for finding in arm] == [
        ("symptoms/arm-only", "error"),
        ("symptoms/full", "note"),
    ]
    assert arm[1].message == "Another cause of this line: Memory is short."
    x86 = said(line, small.spark(facts=small.known({"arch": "x86_64"})))
    assert [finding.id for finding in x86] == ["symptoms/full"]
    unknown = said(line, Stack())
    assert [(finding.id, finding.severity) for finding in unknown] == [
        ("symptoms/full", "error"),
        ("symptoms/arm-only", "unknown"),
    ]
    assert unknown[1].message == "If the CPU architecture is aarch64: OpenMP is loaded late."


def test_a_row_that_holds_nowhere_is_left_out_and_said_so() -> None:
    only = SYMPTOMS.replace('lines  = ["block is full"]', 'lines  = ["something else"]')
    x86 = small.spark(facts=small.known({"arch": "x86_64"}))
    (finding,) = list(diagnose("static block is full", x86, small.store(symptoms=only), path="log").findings)
    assert (finding.severity, finding.id) == ("note", "symptoms/arm-only")
    assert "does not hold here" in finding.message


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("ERROR: No distribution for torch==2.8.0+cu128 (from x)", "torch"),
        ("No distribution for `Torch_Vision` here", "torch-vision"),
        ("/wheels/onnx_gpu-1.0-cp312-cp312-linux_aarch64.whl is no wheel for this", "onnx-gpu"),
        ("https://user:pw@host/a/onnx_gpu-1.0-py3-none-any.whl is no wheel for this", "onnx-gpu"),
        ("No distribution for ", None),
    ],
)
def test_a_distribution_is_read_from_the_line(line: str, name: str | None) -> None:
    (finding,) = said(line, Stack())
    assert finding.subject == (name or "symptoms")
    assert "pw" not in repr(finding)
    assert name is None or finding.message.startswith(f"{name}: the index")


def test_a_distribution_that_is_named_is_confirmed_by_findings_about_it_alone() -> None:
    stack = small.spark(asks=(small.ask("torch", "==2.8.0", 1, "cu128"),))
    named = said("No distribution for torch==2.8.0", stack)
    other = said("No distribution for numpy", stack)
    assert "no build on the cu128 index" in named[0].message
    assert other[0].message == "numpy: the index has no wheel of it."


def test_what_the_log_alone_asks_for_is_judged_too() -> None:
    symptoms = SYMPTOMS.replace('points = ["*:builds"]', 'points = ["*:wheel-tag"]')
    line = "foo-1.0-cp312-cp312-linux_x86_64.whl is no wheel for this"
    (finding,) = diagnose(line, small.spark(), small.store(symptoms=symptoms), path="log").findings
    assert "this machine is linux_aarch64" in finding.message


def test_nothing_known_is_one_note() -> None:
    (finding,) = said("all is well\n", small.spark())
    assert (finding.severity, finding.id) == ("note", "symptom/none")
    assert report("", small.spark()).count("error") == 0


def test_lines_that_come_again_are_counted() -> None:
    text = "x\n" + "no kernel image is available\n" * 3 + "kernel foo is missing for bar\n"
    (finding,) = said(text, small.spark())
    assert str(finding.location) == "run.log:2"
    assert finding.because[0].text == "no kernel image is available (and on 3 more lines)"


def test_the_wildcard_stays_on_its_line_whatever_its_case() -> None:
    rows = (Symptom(kind="symptom", id="a", product="symptoms", lines=("begin … END",)),)
    assert [hit.line for hit in log.find("begin x\nend\nBegin … end\nend begin", rows)] == [3]
    # A letter that is two in lower case moves no place.
    assert [hit.text for hit in log.find("İ\nbegin x END", rows)] == ["begin x END"]


GENERAL = (
    SYMPTOMS
    + """
[[symptom]]
id      = "any-line"
general = true
lines   = ["is full"]
about   = ["disk"]
cause   = "Something is full."
fix     = "Make room."
commands = ["df"]
fixes   = [
    { where = { board = "jetson-orin" }, fix = "Take an SSD." },
    { where = { board = "dgx-spark" }, fix = "Look.", commands = ["ls"] },
]
source  = "page"
"""
)


def general(text: str, stack: Stack) -> list[Finding]:
    return list(diagnose(text, stack, small.store(symptoms=GENERAL), path="log").findings)


def test_a_general_row_speaks_where_no_other_does() -> None:
    found = general("the block is full\nthe disk is full\n", small.spark())
    assert [(finding.id, finding.location) and finding.id for finding in found] == [
        "symptoms/full",
        "symptoms/any-line",
    ]
    # What is told apart comes first, wherever it stands.
    found = general("the disk is full\nthe block is full\n", small.spark())
    assert [finding.id for finding in found] == ["symptoms/full", "symptoms/any-line"]


def test_the_first_error_leads_among_equals() -> None:
    found = said("block is full\nno kernel image is available\n", small.spark())
    assert [finding.id for finding in found] == ["symptoms/full", "symptoms/no-kernel"]
    found = said("no kernel image is available\nblock is full\n", small.spark())
    assert [finding.id for finding in found] == ["symptoms/no-kernel", "symptoms/full"]


@pytest.mark.parametrize(
    ("board", "text", "commands"),
    [("jetson-orin", "Take an SSD.", ()), ("dgx-spark", "Look.", ("ls",)), ("jetson-thor", "Make room.", ("df",))],
)
def test_a_remedy_is_for_the_machine(board: str, text: str, commands: tuple[str, ...]) -> None:
    (finding,) = general("the disk is full", Stack(facts=small.known({"board": board})))
    assert finding.fix is not None
    assert (finding.fix.text, finding.fix.commands) == (text, commands)


FOLLOWS = (
    SYMPTOMS
    + """
[[symptom]]
id       = "step-failed"
follows  = true
lines    = ["step failed"]
about    = ["python"]
cause    = "A step failed."
source   = "page"

[[symptom]]
id       = "library"
lines    = ["…: cannot be opened", "cannot be found"]
about    = ["distro"]
cause    = "A library is not there."
fix      = "Look for it."
commands = ["find / -name NAME"]
source   = "page"
"""
)


def following(text: str, stack: Stack | None = None) -> list[Finding]:
    return list(diagnose(text, stack or small.spark(), small.store(symptoms=FOLLOWS), path="log").findings)


def test_what_only_follows_comes_last() -> None:
    found = following("step failed\nblock is full\n")
    assert [finding.id for finding in found] == ["symptoms/full", "symptoms/step-failed"]


def test_where_no_row_tells_the_cause_the_first_error_leads() -> None:
    found = following("ok\nx.c:1:2: error: unknown type\nstep failed\n")
    assert [(finding.id, finding.severity) for finding in found] == [
        ("symptom/first-error", "error"),
        ("symptoms/step-failed", "error"),
    ]
    assert "The first error is line 2: x.c:1:2: error: unknown type" in found[0].message
    assert str(found[0].location) == "log:2"
    # What can be left alone tells no cause either; alone it is a note.
    found = following("maximum capability is (8.0) - (12.0)\nerror: it\n")
    assert [(finding.id, finding.severity) for finding in found] == [
        ("symptom/first-error", "note"),
        ("symptoms/range", "note"),
    ]
    (alone,) = following("error: https://me:secret@host/x is bad\n")
    assert (alone.id, alone.severity) == ("symptom/first-error", "note")
    assert "secret" not in repr(alone)


def test_the_package_that_raised_the_first_error_is_judged() -> None:
    text = 'Traceback\n  File "/venv/lib/python3.12/site-packages/torch/a.py", line 1, in x\nOddError: no\n'
    (wrong,) = following(text, thor(packages=torch("2.9.1+cu128")))
    assert (wrong.severity, wrong.subject) == ("error", "torch")
    assert "It was raised in torch, and here: PyTorch 2.9.1+cu128" in wrong.message
    (fine,) = following(text, small.spark(packages=torch("2.9.1+cu130")))
    assert fine.severity == "note"
    assert fine.message.endswith("It was raised in torch.")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("ImportError: libFoo.so.3: cannot be opened", "find / -name libFoo.so.3"),
        ("/opt/x/libFoo.so.3: cannot be opened", "find / -name libFoo.so.3"),
        ("x: libFoo-2.so.3: cannot be found", "find / -name libFoo-2.so.3"),
        ("x: libFoo-2.0.so.3: cannot be found", "find / -name libFoo-2.0.so.3"),
        ("$(rm$IFS): cannot be opened", "find / -name NAME"),
        ("`x`;y: cannot be opened", "find / -name NAME"),
        ("/v/site-packages/foo_bar/_C.cpython-312-aarch64-linux-gnu.so: cannot be found", "find / -name foo_bar"),
        ("/v/site-packages/_C.abi3.so: cannot be found", "find / -name NAME"),
    ],
)
def test_a_command_holds_the_name_that_the_line_tells(line: str, command: str) -> None:
    (finding,) = following(line)
    assert finding.fix is not None
    assert finding.fix.commands == (command,)


@pytest.mark.parametrize(
    "line",
    [
        '    raise OSError("libFoo.so.3: cannot be opened")',
        "[1/6] /usr/bin/aarch64-linux-gnu-g++-13 -shared a.o -o libFoo.so.3: cannot be opened",
        "#12 3.2 /usr/local/cuda/bin/nvcc -c a.cu libFoo.so.3: cannot be opened",
    ],
)
def test_a_line_that_is_only_quoted_is_no_error(line: str) -> None:
    (finding,) = following(f"{line}\ng++: error: libFoo.so.3: cannot be opened\n")
    assert str(finding.location) == "log:2"


def test_a_progress_bar_is_on_one_line() -> None:
    (finding,) = following("a\r\nx 10%\rx 20%\rlibFoo.so.3: cannot be opened\r\n")
    assert str(finding.location) == "log:2"
    assert finding.because[0].text == "libFoo.so.3: cannot be opened"


def test_curly_quotes_are_straight() -> None:
    assert log.clean("couldn\u2018t \u201ccommunicate\u201d") == 'couldn\'t "communicate"'


def test_a_wheel_that_fits_the_machine_is_not_judged_by_what_an_index_has() -> None:
    symptoms = SYMPTOMS.replace('points = ["*:builds"]', 'points = ["*:wheel-tag", "*:wheels", "*:builds"]')
    line = "torch-2.9.1-cp36-cp36m-linux_aarch64.whl is no wheel for this"
    (finding,) = diagnose(line, small.spark(), small.store(symptoms=symptoms), path="log").findings
    assert finding.message == "torch: the index has no wheel of it."
    assert log.distribution("a @ b") is not None


def test_colours_and_binary_junk() -> None:
    junk = b"\xff\xfe\x00\x01\x1b[31mno kernel \x1b[0mimage is avail\x1b]0;title\x07able\x00\x9b\r\n"
    text = log.decode(b"\x80" + junk)
    assert log.clean("\x1b[1;31mred\x1b[m \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\") == "red link"
    (finding,) = said(text, small.spark())
    assert "no kernel image is available" in finding.because[0].text
    assert finding.because[0].text.isprintable()


def test_powershell_writes_utf_16() -> None:
    assert log.decode("no kernel".encode("utf-16")) == "no kernel"


@pytest.mark.parametrize("blank", ["  ", "\t", " \xa0 "])
def test_blanks_fold(blank: str) -> None:
    assert log.clean(f"compiled{blank}against\n{blank}x") == "compiled against\n x"
    assert log.clean("compiled against\nx") == "compiled against\nx"


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        ("Downloading flash_attn-2.8.3.tar.gz (8.4 MB)\n Building", "==2.8.3"),
        ("Using cached https://example.org/flash-attn-2.8.3.post1.tar.gz", "==2.8.3.post1"),
        ("flash_attn-2.8.2.tar.gz and flash_attn-2.8.3.tar.gz", ""),
        ("Collecting flash-attn", ""),
        ("my-flash-attn-1.0.tar.gz", ""),
    ],
)
def test_the_release_that_was_built(text: str, specifier: str) -> None:
    assert log.built(text, "flash-attn") == specifier


def test_a_long_line_is_shown_around_the_match_without_secrets() -> None:
    line = "a" * 5000 + " https://me:secret@host/x no kernel image is available " + "b" * 5000
    (finding,) = said(line, small.spark())
    text = finding.because[0].text
    assert len(text) <= log.SHOWN + 2
    assert "no kernel image is available" in text
    assert "secret" not in text
    assert text.startswith("…")
    assert text.endswith("…")


def test_time_is_linear_in_the_log() -> None:
    store, stack = Store.from_folders([shipped_folder()]), small.spark()
    line = "[rank0] version `GLIBC_ of something and CUDA error: no kernel image, undefined symbol: _ZN9 " * 3 + "\n"

    def seconds(size: int) -> float:
        text = line * (size // len(line))
        started = time.perf_counter()
        diagnose(text, stack, store, path="log")
        return time.perf_counter() - started

    seconds(1000)
    once, eight_times = (min(seconds(size) for _ in range(3)) for size in (1_000_000, 8_000_000))
    assert eight_times < 8 * once * 2.5


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('lines  = ["block is full"]', 'lines  = ["…ab…"]', "too short"),
        ('lines  = ["block is full"]', "", "is missing"),
        ('lines  = ["… is no wheel for this"]', "", ""),
        ('points = ["*:builds"]', 'points = ["*/builds"]', "neither a row"),
        ('"… is no wheel for this"', '"is no wheel for this"', "no … that could stand"),
        ('harmless-why = "code for 12.0 runs there."', "", "harmless-why"),
        ("[product.symptoms]", "[product.others]", "belong to the product"),
    ],
)
def test_mistakes_in_rows_are_found(old: str, new: str, problem: str) -> None:
    text = SYMPTOMS.replace(old, new)
    if not problem:
        return
    with pytest.raises(MatrixError, match=problem):
        read_file(text, "symptoms.toml", {"torch": "versions", "symptoms": "versions", "others": "versions"})


# --- the command ---------------------------------------------------------------------------------------------


def test_the_command_says_what_a_log_means(tmp_path: Path) -> None:
    (tmp_path / "run.log").write_text("Found GPU0 NVIDIA GB10 which is of cuda capability 12.1.\n")
    done = stackcheck("diagnose", "run.log", "--target", "dgx-spark", "--format", "json", cwd=tmp_path)
    (finding,) = done.report["findings"]
    assert (done.code, finding["severity"], finding["location"]["line"]) == (0, "note", 1)
    line = "nvrtc: error: invalid value for --gpu-architecture (-arch)"
    assert stackcheck("diagnose", "--target", "dgx-spark", cwd=tmp_path, stdin=line).code == 1
    assert stackcheck("diagnose", "-", "--target", "dgx-spark", cwd=tmp_path, stdin="all is well").code == 0


def test_a_log_that_cannot_be_read(tmp_path: Path) -> None:
    for name in ("nowhere.log", str(tmp_path)):
        done = stackcheck("diagnose", name, "--target", "dgx-spark", cwd=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert "cannot be read" in done.err
    with (tmp_path / "large.log").open("wb") as file:
        file.truncate(LOG_LIMIT + 1)
    assert "larger than 50 MB" in stackcheck("diagnose", "large.log", cwd=tmp_path).err


# --- the shipped rows -----------------------------------------------------------------------------------------


def test_the_shipped_rows_point_to_rows_that_are_there() -> None:
    store = Store.from_folders([shipped_folder()])
    rows = [row for row in store.rows("symptoms") if isinstance(row, Symptom)]
    assert len(rows) >= 60
    points = [point for row in rows for point in row.points if "/" in point and store.knows(point.partition("/")[0])]
    keys = {row.key for name in {point.partition("/")[0] for point in points} for row in store.rows(name)}
    assert sorted(set(points) - keys) == []
    for row in rows:
        assert row.cause.endswith("."), row.id
        assert row.harmless_why is None or row.harmless_why.endswith("."), row.id


def test_requirements_that_exclude_each_other_are_read_and_judged() -> None:
    store = Store.from_folders([shipped_folder()])
    text = """The conflict is caused by:
    The user requested torch==2.10.0
    torchvision 0.24.0 depends on torch==2.9.0
"""
    nowhere = small.spark(facts={**small.spark().facts, "python": Absent(Origin("no Python", "probe"))})
    (finding,) = diagnose(text, nowhere, store, path="log").findings
    assert "torch==2.10.0 is asked for and torchvision 0.24.0 asks for torch==2.9.0" in finding.message
    assert "Here: torchvision 0.24.0 needs PyTorch 2.9.0" in finding.message
    assert "Python 3" not in finding.message  # none is known, yet one has run


def test_a_conflict_that_is_not_told_does_not_lead() -> None:
    store = Store.from_folders([shipped_folder()])
    text = """  x No solution found when resolving dependencies:
  ╰─▶ Because there is no version of foo==3.3.0+git and you require foo==3.3.0+git, we can conclude that your
      requirements are unsatisfiable.
"""
    found = diagnose(text, small.spark(), store, path="log").findings
    assert [finding.id for finding in found] == ["symptoms/no-such-version", "symptoms/resolution-impossible"]


UNFIT = {
    "jetson-orin": r"cu12[89]|cu13\d|cuda-?13|-cu13|nvidia-driver-\d|ARCH_LIST=\"?1|sbsa",
    "jetson-thor": r"/cu12\d|jp6/|nvidia-driver-\d|ARCH_LIST=\"?(?!11\.0)",
    "dgx-spark": r"/cu12\d|jp6/|nvidia-driver-\d|ARCH_LIST=\"?(?!12\.)",
    "x86_64-rtx50": r"jp6/|aarch64-linux-gnu|tegrastats|nvidia-jetpack|dgx|enp1s0",
}
"""Words that no command for a machine may hold: CUDA 13 and another driver on JetPack 6, CUDA 12 on Thor and GB10."""


@pytest.mark.parametrize("target", UNFIT)
def test_no_shipped_remedy_is_for_another_machine(target: str) -> None:
    store = Store.from_folders([shipped_folder()])
    path = shipped_folder() / "targets" / f"{target}.toml"
    stack = parse_environment(path.read_text(encoding="utf-8"), str(path), "toml")
    rows = [row for row in store.rows("symptoms") if isinstance(row, Symptom)]
    text = "\n".join(row.lines[0].replace("…", " x ") for row in rows)
    own = {row.key: {row.fix, *(fix for _, fix in row.fixes)} for row in rows}
    found = diagnose(text, stack, store, path="log").findings
    fixes = {one.id: one.fix.commands for one in found if one.fix is not None and one.fix in own[one.id]}
    installing = [(key, each) for key, commands in fixes.items() for each in commands if "uninstall" not in each]
    assert [(key, each) for key, each in installing if re.search(UNFIT[target], each)] == []
    assert len(installing) > 60


# --- the field ------------------------------------------------------------------------------------------------


def scorer() -> ModuleType:
    """What a finding speaks of, as the field's own scorer sees it; its last line runs it, so that is left away."""
    text = (CASES / "score.py").read_text(encoding="utf-8").replace("sys.exit(main())", "")
    spec = importlib.util.spec_from_loader("score", loader=None)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__dict__["__file__"] = str(CASES / "score.py")
    exec(compile(text, "score.py", "exec"), module.__dict__)  # noqa: S102
    return module


def stack_of(case: dict[str, Any]) -> Stack:
    """A case's environment with its project files and features."""
    stack = parse_environment(json.dumps(case["environment"]), "environment.json", "json")
    files = {name: text.encode() for name, text in case["files"].items()}
    if files:
        found = read_project(list(files), stack, files.__getitem__)
        stack = stack.with_asks((*found.asks, *found.python), found.unread)
    features = tuple(parse_feature(name) for name in case["features"])
    return Stack(**{**stack.__dict__, "features": features})


def right(case: dict[str, Any], finding: Finding, score: ModuleType) -> bool:
    """Whether the top answer speaks of a subject that the case blames; for one that works, and that it is no error."""
    shown = {"subject": finding.subject, "involves": list(finding.involves)}
    blamed = [entry for entry in case["expect"] if entry["verdict"] != "ok"]
    if not blamed:
        return finding.severity != "error" and any(score.speaks_of(shown, entry) for entry in case["expect"])
    return any(score.speaks_of(shown, entry) for entry in blamed)


@pytest.mark.skipif(not CASES.is_dir(), reason="the reported cases are not beside this checkout")
def test_the_right_cause_in_the_field(capsys: pytest.CaptureFixture[str]) -> None:
    store, score = Store.from_folders([shipped_folder()]), scorer()
    cases = [case for case in json.loads((CASES / "reported.json").read_text("utf-8")) if case.get("symptom")]
    wrong = []
    for case in cases:
        top = diagnose(case["symptom"], stack_of(case), store, path="log").findings[0]
        if not right(case, top, score):
            wrong.append(f"{case['id']}: {top.severity} {top.id} {top.subject} {','.join(top.involves)}")
    share = 1 - len(wrong) / len(cases)
    with capsys.disabled():
        print(f"\ndiagnose names the right cause in {len(cases) - len(wrong)} of {len(cases)} cases ({share:.0%})")  # noqa: T201
    # A floor under today's share: half of the cases came after the rows were written.
    assert share >= 0.6, "\n".join(wrong)
