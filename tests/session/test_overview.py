"""The table of a product's releases on the targets: how each is had, and no good word where nothing was judged."""

from __future__ import annotations

from functools import cache

import pytest

from stackcheck.judge.working import Working
from stackcheck.model import Absent, Ask, Cell, Indexes, Known, Origin, Table
from stackcheck.report.table import WIDTH, render_table
from stackcheck.session.cells import HERE, PYTHONS, Judging, label, span
from stackcheck.session.knowledge import Knowledge, open_knowledge
from stackcheck.session.machine import target_names, target_of, target_stack
from stackcheck.session.overview import table
from stackcheck.values import replace

SAMPLE = (
    *("torch", "flash-attn", "isaac-lab", "isaac-ros", "jetpack"),
    *("lerobot", "onnxruntime-gpu", "ros2", "torchvision"),
)
"""Products of every sort: with builds, from source, with much below them, from apt, part of the machine, plain."""


@cache
def knowledge() -> Knowledge:
    return open_knowledge()


@cache
def shown(product: str) -> Table:
    return table(knowledge(), product, lambda _: None)


def cells(product: str, target: str) -> dict[str, Cell]:
    """The cells of one target by the labels of the rows."""
    made = shown(product)
    at = [dict(made.words).get(name, name) for name in made.columns].index(target)
    return {label: row[at] for label, row in made.rows}


def with_releases() -> list[str]:
    return [name for name in knowledge().store.products if knowledge().store.product(name).releases]


def releases_of(product: str, label: str) -> list[str]:
    """The releases that a row stands for."""
    every = list(knowledge().store.product(product).releases)
    if label == "all releases":
        return every
    if label.startswith("≤ "):
        return every[: every.index(label[2:]) + 1]
    first, _, last = label.partition(" – ")
    return every[every.index(first) : every.index(last or first) + 1]


def good_without_a_judgement(product: str) -> list[str]:
    """The cells that are shown as good although a judgement of that release alone decides nothing for that machine."""
    made, store = shown(product), knowledge().store
    names = [dict(made.words).get(name, name) for name in made.columns]
    found = []
    for row_label, row in made.rows:
        usual = row[0].text if names[0] == "Python" else ""
        for release in releases_of(product, row_label):
            for target, cell in zip(names, row, strict=True):
                if target == "Python" or cell.severity not in (None, "warning"):
                    continue
                if not _is_judged(product, release, target, cell.text.rstrip("!"), usual):
                    found.append(f"{product} {release} on {target}: {cell.text}")
    assert store.knows(product)
    return found


def _is_judged(product: str, release: str, target: str, text: str, usual: str) -> bool:
    """Judged anew, without any memory of neighbours: some Python of the column, and the index that the cell names."""
    stack = target_stack(target)
    fact = stack.facts.get("distro-version" if product == "ubuntu" else product)
    if isinstance(fact, Known):
        return fact.value == release
    origin = Origin("judged anew", "test")
    want = Ask(product, f"=={release}", origin, indexes=None, transitive=None)
    header = knowledge().store.product(product)
    names = {name for row in knowledge().store.rows(product) for name in getattr(row, "index", ())}
    ask = [name for name in ("pypi", *sorted(names)) if label(name) == text] if header.pip else []
    tried = [replace(stack, wants=(want,))]
    tried += [
        replace(stack, wants=(want,), asks=(replace(want, name=header.pip[0], indexes=Indexes((name,))),))
        for name in ask or (["pypi"] if header.pip else [])
    ]
    for one in tried:
        for python in (None, *PYTHONS):
            facts = {"python": Known(python, origin)} if python else {}
            report = knowledge().judge(one.with_facts(facts), target, preflight=True)
            judged = [entry for entry in report.coverage.judged if entry.subject == product]
            if any(entry.laws or entry.machine for entry in judged):
                return True
    return False


@pytest.mark.parametrize("product", SAMPLE)
def test_nothing_is_good_that_was_not_judged(product: str) -> None:
    assert good_without_a_judgement(product) == []


@pytest.mark.slow
def test_nothing_of_any_product_is_good_that_was_not_judged() -> None:
    every = with_releases()
    assert len(every) > 100
    assert [cell for product in every for cell in good_without_a_judgement(product)] == []


@pytest.mark.parametrize(("product", "target"), [("isaac-lab", "dgx-spark"), ("onnxruntime-gpu", "jetson-orin")])
def test_a_release_in_a_row_is_what_it_is_alone(product: str, target: str) -> None:
    """Releases of which the rows say the same are judged once."""
    stack = target_stack(target)
    for row_label, cell in cells(product, target).items():
        for release in releases_of(product, row_label):
            alone = Judging(knowledge(), product).verdict(release, target, stack)
            assert (alone.severity, alone.text) == (cell.severity, cell.text), release


@pytest.mark.parametrize("product", SAMPLE)
def test_a_table_fits_a_terminal(product: str) -> None:
    made = shown(product)
    lines = render_table(made).splitlines()
    assert [line for line in lines if len(line) > WIDTH] == []
    words = {word for note in made.notes for word in note.split()}
    assert words <= {word for line in lines for word in line.split()}


@pytest.mark.slow
def test_every_table_fits_a_terminal() -> None:
    wide = [name for name in with_releases() if max(map(len, render_table(shown(name)).splitlines())) > WIDTH]
    assert wide == []


@pytest.mark.parametrize("product", SAMPLE)
def test_every_note_is_used_and_every_number_has_one(product: str) -> None:
    made = shown(product)
    used = {number for _, row in made.rows for cell in row for number in cell.notes}
    assert used == set(range(1, len(made.notes) + 1))


@pytest.mark.parametrize("product", SAMPLE)
def test_every_release_has_one_row(product: str) -> None:
    listed = [release for row_label, _ in shown(product).rows for release in releases_of(product, row_label)]
    assert sorted(listed) == sorted(knowledge().store.product(product).releases)


def test_how_torch_is_had() -> None:
    spark, thor = cells("torch", "dgx-spark"), cells("torch", "jetson-thor")
    assert spark["2.15.0"].text == "PyPI"
    assert spark["2.10.0"].text == "cu130"
    assert spark["2.6.0"].text == "CPU only"
    assert thor["2.8.0"].text == "CPU only"
    assert cells("torch", "x86_64-rtx50")["2.6.0"].severity == "error"
    assert "1.11.0 – 1.12.1" in spark  # 1.10.0 is for older Pythons


def test_orin_has_no_good_torch_that_nobody_judged() -> None:
    found = cells("torch", "jetson-orin")
    good = {label: cell.text for label, cell in found.items() if cell.severity is None}
    # What people had from NVIDIA's index, and nothing before or after it.
    assert set(good.values()) == {"jp6"}
    assert "2.8.0" in good
    assert not [label for label in good if label.startswith(("2.11", "2.14", "2.15", "1.", "2.4"))]


def test_what_is_built_from_source_is_broken_only_where_its_sources_refuse_the_gpu() -> None:
    found = shown("flash-attn")
    # From 2.7.1.post4 on its files exclude Python 3.8, which its record says and no row.
    assert [(name, row[0].text) for name, row in found.rows] == [
        ("2.7.3 – 2.8.3.post2", "≥ 3.9"),
        ("2.7.1.post4 – 2.7.2.post1", "≥ 3.9"),
        ("2.0.0.post1 – 2.7.0.post2", ""),
        ("≤ 1.0.9", ""),
    ]
    by_release = {name: {cell.text for cell in row[1:]} for name, row in found.rows}
    assert by_release["2.7.3 – 2.8.3.post2"] == {"source"}
    assert by_release["2.7.1.post4 – 2.7.2.post1"] == {"source", ""}
    spark, h100 = (cells("flash-attn", name)["2.7.1.post4 – 2.7.2.post1"] for name in ("dgx-spark", "x86_64-h100"))
    assert (spark.severity, h100.text) == ("error", "source")


def test_what_is_part_of_the_machine_is_there_or_not() -> None:
    assert cells("jetpack", "jetson-orin")["6.2"].text == HERE
    assert {cell.text for cell in cells("jetpack", "x86_64-h100").values()} == {"–"}
    assert cells("ubuntu", "jetson-orin")["22.04"].text == HERE


def test_a_cell_for_other_pythons_says_so() -> None:
    notes = cells("torch", "x86_64-h100")["2.5.0 – 2.5.1"].notes
    assert [shown("torch").notes[number - 1] for number in notes] == ["With Python 3.9 – 3.13."]


def test_of_what_only_features_and_python_are_known_nothing_is_good() -> None:
    assert {cell.severity for cell in cells("isaac-lab", "gb200").values()} == {"warning", "unknown", "error"}
    assert cells("isaac-lab", "gb200")["3.0.0b1 – 3.0.0b2"].text == "–"


SMALL = """\
nvidia-srl-usd-to-urdf on the shipped targets (matrix {version})

              spark  spark-7.6  gb200  gh200  orin  thor  h100  rtx50
all releases  ✗¹     ✗¹         ✗¹     ✗¹     ✗¹    ✗¹    PyPI  PyPI

PyPI, cu130 …: from this index   ✗: does not work   spark: dgx-spark
spark-7.6: dgx-spark-7.6   orin: jetson-orin   thor: jetson-thor
h100: x86_64-h100   rtx50: x86_64-rtx50

  1 nvidia-srl-usd-to-urdf 1.0.3 is known to fail on aarch64. It requires
    usd-core below 26.0, and no such usd-core has an aarch64 wheel or a source
    distribution. (nvidia-srl-usd-to-urdf/usd-to-urdf-aarch64)
"""


def test_a_wheel_whose_gpu_code_was_not_read_is_not_good() -> None:
    """0.8.2 has no code for Thor, and of older ones it was not read; their wheels alone made them good."""
    for target in ("jetson-thor", "x86_64-rtx50"):
        found = cells("jax-cuda13-plugin", target)
        assert (found["≤ 0.8.1"].text, found["≤ 0.8.1"].severity) == ("PyPI?", "unknown")
        assert [found[label].severity for label in found if label.startswith("0.11.1")] == [None]
    assert any("was not read" in note for note in shown("jax-cuda13-plugin").notes)


def test_what_was_read_and_a_row_that_says_it_need_no_reading() -> None:
    judging = Judging(knowledge(), "jax-cuda13-plugin")
    spark, thor = target_stack("dgx-spark"), target_stack("jetson-thor")
    assert [judging.code_is_unread(release, thor) for release in ("0.8.1", "0.8.2")] == [True, False]
    assert not judging.code_is_unread("0.8.1", replace(thor, gpus=Absent(Origin("none", "a test"))))
    assert not judging.code_is_unread("9.9.9", thor)
    assert [Judging(knowledge(), "torch").code_is_unread(release, spark) for release in ("2.0.0", "2.9.0")] == [
        False
    ] * 2


def test_a_small_table() -> None:
    assert render_table(shown("nvidia-srl-usd-to-urdf")) == SMALL.replace("{version}", knowledge().version)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (PYTHONS, ""),
        (PYTHONS[2:], "≥ 3.10"),
        (PYTHONS[:3], "≤ 3.10"),
        (("3.11",), "3.11"),
        (("3.9", "3.11", "3.12"), "3.9, 3.11 – 3.12"),
        ((), ""),
    ],
)
def test_span(values: tuple[str, ...], text: str) -> None:
    assert span(values, PYTHONS) == text


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("gb10", "dgx-spark"),
        ("Spark", "dgx-spark"),
        ("thor", "jetson-thor"),
        ("ORIN", "jetson-orin"),
        ("h100", "x86_64-h100"),
        ("rtx50", "x86_64-rtx50"),
        ("RTX5090", "x86_64-rtx50"),
    ],
)
def test_other_names_of_targets(name: str, target: str) -> None:
    assert target_of(name) == target


def test_the_targets_say_what_a_cell_depends_on() -> None:
    for name in target_names():
        facts = target_stack(name).facts
        known = {fact for fact in ("driver", "glibc", "system-python", "kernel") if isinstance(facts.get(fact), Known)}
        assert known == {"driver", "glibc", "system-python", "kernel"}, name
        assert not isinstance(facts.get("python"), Known)
        kernel = facts["kernel"]
        assert isinstance(kernel, Known)
        assert ("tegra" in kernel.value) == name.startswith("jetson")


def test_a_release_that_is_source_alone_is_built() -> None:
    """Its record has no wheel for any machine: that is a note of a preflight, and no way to have it ready-made."""
    made = table(open_knowledge(), "pybullet", lambda _: None)
    cells = {label: [cell.text for cell in row[1:]] for label, row in made.rows}
    assert {text for text in cells["3.2.0"] if text} == {"source"}


def test_a_jetson_of_jetpack_6_is_not_judged_by_builds_for_servers() -> None:
    """What the cu126 and cu129 indexes have for Arm servers is no cell of it, however little is known of their code."""
    stack = target_stack("jetson-orin")
    judging = Judging(knowledge(), "torch")
    assert judging.indexes("2.12.0", Working(stack, knowledge().store, None)) == ["pypi"]
    verdict = judging.verdict("2.12.0", "jetson-orin", stack)
    assert (verdict.severity, verdict.index) == ("error", "pypi")
