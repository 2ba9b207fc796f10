"""Any stack that can be stated is judged: no exception, a report that holds together, the same one each time."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackcheck.judge.judge import judge
from stackcheck.matrix.store import Store, shipped_folder
from stackcheck.model import Absent, Ask, Code, FeatureAsk, Gpu, Indexes, Known, Location, Origin, Stack, State, Unknown
from stackcheck.report import json as report_json
from stackcheck.report import text as report_text
from stackcheck.subjects import STATED

STORE = Store.from_folders([shipped_folder()])
PRODUCTS = [STORE.product(name) for name in STORE.products]
PLACE = Origin("it is stated", "somewhere")
WORDS = ("aarch64", "x86_64", "ubuntu", "24.04", "20.04", "3.11.9", "3.12", "13.0", "580.95.05", "36.4", "*", "", "x")
GPUS = ("NVIDIA GB10", "NVIDIA Thor", "NVIDIA A100", "GeForce RTX 5090", "Intel Xe", "?")
FEATURES = ("isaac-lab:skillgen", "torch:compile", "cuda-toolkit:source-build", "nothing:at-all", ":", "x")
SPECIFIERS = ("", ">=2.5", "<2.9", "==2.9.0", "==2.9.1+cu128", "==2.*", ">=9999", "===2.5", "!=2.9.0,>=2", "==jazzy")
INDEXES = ("pypi", "cu128", "cu130", "cpu", "nightly/cu130", "jp6/cu126", "files.example/x", "")


def states(values: st.SearchStrategy[str]) -> st.SearchStrategy[State]:
    known = values.map(lambda value: Known(value, PLACE))
    return st.one_of(known, known, st.just(Absent(PLACE)), st.just(Unknown("nobody looked")))


releases = st.sampled_from(
    sorted({release for product in PRODUCTS for release in product.releases} | {"*", "x", "9999"})
)
pips = st.sampled_from(sorted({name for product in PRODUCTS for name in product.pip}))
ids = st.sampled_from([product.id for product in PRODUCTS])


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    name = draw(st.one_of(pips, pips, st.just("python"), st.just("nothing-known")))
    line = draw(st.integers(1, 9))
    place = Location("requirements.txt", line, 1)
    names = draw(st.lists(st.sampled_from(INDEXES), max_size=3))
    indexes = Indexes(tuple(names), draw(st.sampled_from(["best", "first"]))) if names else None
    return Ask(
        name,
        draw(st.sampled_from(SPECIFIERS)),
        Origin("asked", f"requirements.txt:{line}", place),
        applies=draw(st.sampled_from([True, True, None, False])),
        indexes=indexes,
        transitive=indexes,
        constraint=draw(st.booleans()),
        group=draw(st.sampled_from([None, None, "extra:dev"])),
        url=draw(st.sampled_from([None, None, "https://files.example/a-1.0-py3-none-any.whl", "https://x/a.tar.gz"])),
    )


@st.composite
def stacks(draw: st.DrawFn) -> Stack:
    gpus = st.builds(
        Gpu, st.sampled_from([*GPUS, None]), st.sampled_from(["12.1", "11.0", "8.7", "9.0", None]), st.just(PLACE)
    )
    codes = st.lists(st.sampled_from(["8.0", "8.7", "9.0a", "12.0f", "12.1"]), max_size=3).map(tuple)
    code = st.builds(Code, codes, codes, st.just(PLACE), st.sampled_from([None, "12.8", "13.0"]), st.none())
    wants = [Ask(name, "", PLACE, indexes=None, transitive=None) for name in draw(st.lists(ids, max_size=2))]
    variables = st.sampled_from(["PYTHONPATH", "LD_PRELOAD", "LD_LIBRARY_PATH"])
    paths = st.sampled_from(["/opt/ros/jazzy/lib/python3.12/x", "/cudnn/v8.0.3/lib", "libgomp.so", ""])
    return Stack(
        facts=draw(st.dictionaries(st.sampled_from(STATED), states(st.sampled_from(WORDS)), max_size=8)),
        packages=draw(st.dictionaries(pips, states(releases), max_size=6)),
        products=draw(st.dictionaries(ids, states(releases), max_size=4)),
        variables=draw(st.dictionaries(variables, states(paths), max_size=3)),
        gpus=draw(st.one_of(st.just(Absent(PLACE)), st.just(Unknown("?")), st.lists(gpus, max_size=2).map(tuple))),
        code=draw(
            st.dictionaries(st.one_of(pips, st.just("my-ext")), st.one_of(code, st.just(Absent(PLACE))), max_size=3)
        ),
        asks=tuple(draw(st.lists(asks(), max_size=5))),
        wants=tuple(wants),
        features=tuple(FeatureAsk(name, PLACE) for name in draw(st.lists(st.sampled_from(FEATURES), max_size=2))),
        complete=draw(st.frozensets(st.sampled_from(["packages", "products", "facts"]))),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(stacks(), st.booleans())
def test_every_stack_is_judged(stack: Stack, preflight: bool) -> None:
    report = judge(stack, STORE, subject="fuzz", version="1", preflight=preflight)
    said = json.loads(report_json.render(report))
    assert said["summary"]["error"] == sum(finding["severity"] == "error" for finding in said["findings"])
    assert all(finding["message"].strip() and finding["id"] for finding in said["findings"])
    assert all(finding.sources for finding in report.findings if finding.kind in ("requires", "broken", "builds"))
    last = report_text.render(report).rstrip("\n").rpartition("\n")[2]
    assert last.startswith("Errors: ") if said["summary"]["error"] else last.endswith(" held")
    assert judge(stack, STORE, subject="fuzz", version="1", preflight=preflight) == report
