from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.model import Absent, Known, Origin, Stack, State, Unknown
from stackcheck.read.environment import LIMIT, DocumentError, parse_environment, parse_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

TARGETS = Path(__file__).parents[2] / "matrices" / "targets"

SPARK: dict[str, Any] = {
    "schema": "stackcheck-environment/1",
    "facts": {"arch": "aarch64", "driver": "580.95.05", "kernel": "6.14.0-1015-nvidia"},
    "gpus": [{"name": "NVIDIA GB10", "compute-capability": "12.1"}],
    "packages": {"Typing_Extensions": "4.16.0", "torch": "2.9.0+cu130"},
    "system-packages": {"libstdc++6": "14.2.0-4ubuntu2", "libssl3:amd64": "3.0"},
    "products": {"isaac-sim": "5.1.0", "isaac-lab": "*", "ros2": "jazzy"},
    "variables": {"LD_LIBRARY_PATH": "/usr/local/cuda/lib64", "LD_PRELOAD": ""},
    "absent": ["cuda-toolkit", "PYTHONPATH", "tensorrt", "torch"],
    "complete": ["packages"],
}


def parse(document: object) -> Stack:
    """The stack of a document given as values."""
    return parse_environment(json.dumps(document), "env.json", "json")


def values(table: Mapping[str, State]) -> dict[str, str]:
    """Name → value, or "absent"."""
    return {name: state.value if isinstance(state, Known) else "absent" for name, state in table.items()}


def errors(text: str, form: Literal["json", "toml"] = "json") -> tuple[str, ...]:
    """The mistakes found in a document."""
    with pytest.raises(DocumentError) as caught:
        parse_environment(text, "env", form)
    assert all("\n" not in error for error in caught.value.errors)
    return caught.value.errors


def test_a_whole_document() -> None:
    stack = parse(SPARK)
    assert stack.facts["driver"] == Known("580.95.05", Origin("driver 580.95.05 is stated", "env.json"))
    assert stack.facts["cuda-toolkit"] == Absent(Origin("cuda-toolkit is stated as absent", "env.json"))
    assert values(stack.packages) == {"typing-extensions": "4.16.0", "torch": "2.9.0+cu130", "tensorrt": "absent"}
    assert values(stack.system_packages) == {
        "libstdc++6": "14.2.0-4ubuntu2",
        "libssl3:amd64": "3.0",
        "tensorrt": "absent",
        "torch": "absent",
    }
    assert values(stack.products)["isaac-lab"] == "*"
    assert values(stack.variables) == {
        "LD_LIBRARY_PATH": "/usr/local/cuda/lib64",
        "LD_PRELOAD": "",
        "PYTHONPATH": "absent",
    }
    assert isinstance(stack.gpus, tuple)
    assert [(gpu.name, gpu.capability) for gpu in stack.gpus] == [("NVIDIA GB10", "12.1")]
    assert stack.complete == {"packages"}


def test_every_key_may_be_missing() -> None:
    stack = parse({})
    assert stack.gpus == Unknown("GPUs are not stated")
    assert isinstance(stack.state("facts", "driver"), Unknown)


@pytest.mark.parametrize("document", [{"gpus": []}, {"absent": ["gpus"]}])
def test_no_gpu(document: dict[str, Any]) -> None:
    assert isinstance(parse(document).gpus, Absent)


def test_toml_with_a_title_and_sources() -> None:
    text = """
schema = "stackcheck-environment/1"
title = "DGX Spark"
sources = [{ url = "https://example.org", seen = 2026-11-22, confidence = "official" }]
[facts]
arch = "aarch64"
[[gpus]]
name = "NVIDIA GB10"
"""
    stack = parse_environment(text, "target dgx-spark", "toml")
    assert values(stack.facts) == {"arch": "aarch64"}
    assert isinstance(stack.gpus, tuple)
    assert stack.gpus[0].capability is None


def test_labels_are_kept_and_judge_nothing() -> None:
    stack = parse({"labels": {"host": "spark-07", "rack:row": "4", "time": "2026-11-28T06:00:00Z"}})
    assert stack.labels == {"host": "spark-07", "rack:row": "4", "time": "2026-11-28T06:00:00Z"}
    assert errors(json.dumps({"labels": {"a b": "x", "host": "", "site": 4}})) == (
        "labels.'a b': this cannot be the name of a label",
        "labels.host: is empty",
        'labels.site: must be text, not a number: write "4"',
    )


def test_labels_of_an_option_go_by_the_same_rules() -> None:
    assert parse_labels(["site=lab", "note=a=b c"]) == {"site": "lab", "note": "a=b c"}
    with pytest.raises(DocumentError) as raised:
        parse_labels(["lab", "a b=x", "site=", "host=x", "host=y", "line=a\nb"])
    assert raised.value.errors == (
        "'lab' states no label; write NAME=VALUE, such as site=lab",
        "labels.'a b': this cannot be the name of a label",
        "labels.site: is empty",
        "labels.host: is stated twice",
        "labels.line: has control characters or is not valid Unicode",
    )


def test_secrets_are_cut() -> None:
    stack = parse({"variables": {"PIP_INDEX_URL": "https://user:token@host/simple?key=1"}})
    assert values(stack.variables) == {"PIP_INDEX_URL": "https://host/simple"}
    assert "token" not in repr(stack)


def test_every_mistake_is_listed_at_once() -> None:
    document = {
        "schema": "stackcheck-environment/1",
        "fcts": {},
        "title": 5,
        "sources": {},
        "facts": {"gllibc": "2.39", "glibc": 2.39, "arch": "arm64", "driver": "", "kernel": "a\u001b[31m", "os": None},
        "gpus": [{}, {"nam": "x", "name": "y"}, {"compute-capability": "121"}, "z", {"name": 4}],
        "gpu-code": {
            "torch": 1,
            "-bad-": {},
            "a": {"cubin": [], "cubins": "12.1", "ptx": ["120", "9.0a"], "cuda": "13"},
        },
        "packages": {"torch": True, "-bad-": "1", "Foo": "1", "foo": "2"},
        "products": [],
        "variables": {"A B": "x", "ODD": " two\nlines "},
        "absent": ["glibc", "arch", "", 5, "gpus", "two words"],
        "complete": ["gpus"],
    }
    assert errors(json.dumps(document)) == (
        "fcts: there is no such key; did you mean facts?",
        "title: must be text, not a number",
        "sources: must be a list, not a table",
        "facts.gllibc: there is no such fact; did you mean glibc or libc?",
        'facts.glibc: must be text, not a number: write "2.39"',
        "facts.arch: arm64 is called aarch64 here",
        "facts.driver: is empty",
        "facts.kernel: has control characters or is not valid Unicode",
        "facts.os: must be text, not nothing",
        "packages.torch: must be text, not true or false",
        "packages.'-bad-': this cannot be the name of a package",
        "packages.foo: foo is stated twice, in two spellings",
        "products: must be a table, not a list",
        "variables.'A B': this cannot be the name of a variable",
        "gpus[0]: must have a name or a compute-capability",
        "gpus[1].nam: there is no such key; did you mean name?",
        "gpus[2].compute-capability: '121' is no compute capability such as '12.1'",
        "gpus[3]: must be a table, not text",
        'gpus[4].name: must be text, not a number: write "4"',
        "gpu-code.torch: must be a table, not a number",
        "gpu-code.'-bad-': this cannot be the name of a package",
        "gpu-code.a.cubin: there is no such key; did you mean cubins?",
        "gpu-code.a.cubins: must be a list, not text",
        "gpu-code.a.ptx[0]: '120' is no compute capability such as '12.1' or '9.0a'",
        "gpu-code.a.cuda: '13' is no CUDA release such as '13.0'",
        "absent[2]: is empty",
        'absent[3]: must be text, not a number: write "5"',
        "absent[1]: 'arch' is stated too",
        "absent[4]: gpus are stated too",
        "absent[5]: 'two words' is no name of a subject",
        "complete[0]: there is no table 'gpus'; the tables are facts, packages, system-packages, products, variables",
    )


def test_another_schema() -> None:
    found = errors('{"schema": "stackcheck-environment/2", "new": 1}')
    assert found == ("schema: 'stackcheck-environment/2' is not known; this version reads 'stackcheck-environment/1'",)


def test_duplicate_keys() -> None:
    assert errors('{"facts": {"os": "linux", "os": "windows"}, "facts": {"arch": "x", "arch": "y"}}') == (
        "facts: this key is there twice",
        "facts.arch: this key is there twice",
    )
    assert len(errors('[facts]\nos = "a"\nos = "b"\n', "toml")) == 1


HOSTILE = (
    "",
    "nothing",
    "[]",
    "5",
    "null",
    '"text"',
    "{",
    "[" * 100_000,
    '{"a":' * 100_000,
    '{"facts": []}',
    '{"facts": NaN}',
    '{"facts": {"os": "\\ud800"}}',
    '{"gpus": 1' + "0" * 5000 + "}",
    '{"packages": {"a": "x\\u0000"}}',
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_hostile_json(text: str) -> None:
    assert errors(text)


@pytest.mark.parametrize("text", ["facts", "facts = 5", "a = " + "[" * 100_000, "x = 1e999999", "facts = 2026-11-22"])
def test_hostile_toml(text: str) -> None:
    assert errors(text, "toml")


def test_a_document_that_is_too_large() -> None:
    assert errors(" " * (LIMIT + 1)) == ("the document is longer than 20 million characters",)


def assert_stack_or_errors(text: str, form: Literal["json", "toml"]) -> None:
    """Whatever the text, nothing but a stack or a `DocumentError` comes out."""
    with contextlib.suppress(DocumentError):
        assert isinstance(parse_environment(text, "env", form), Stack)


@given(st.text(), st.sampled_from(["json", "toml"]))
def test_any_text_gives_a_stack_or_one_error(text: str, form: Literal["json", "toml"]) -> None:
    assert_stack_or_errors(text, form)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*SPARK, "name", "arch", "x"]), inner),
    )
)
def test_any_json_gives_a_stack_or_errors(document: object) -> None:
    assert_stack_or_errors(json.dumps(document), "json")


@pytest.mark.parametrize("path", sorted(TARGETS.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_targets_are_documents(path: Path) -> None:
    parse_environment(path.read_text(encoding="utf-8"), path.stem, "toml")
