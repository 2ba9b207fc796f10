"""Dockerfiles: base images, what their commands install, each at its place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.model import UNKNOWN_INDEX, Indexes
from stackcheck.read import ReadError, ReadResult, read_project
from stackcheck.read.dockerfile import is_dockerfile
from stackcheck.read.instructions import instructions
from tests.read.reading import SPARK, asked, noted, place, read, stack

if TYPE_CHECKING:
    from stackcheck.model import Stack

CORPUS = Path(__file__).parent.parent.parent.parent / "shared" / "corpus"


def dockerfile(text: str, target: Stack = SPARK, **files: str) -> ReadResult:
    """A Dockerfile beside other files."""
    return read("Dockerfile", target=target, Dockerfile=text, **files)


def stated(result: ReadResult) -> list[str]:
    """What the file states, in short."""
    return [f"{one.table}/{one.name}={one.state.value}" for one in result.stated]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Dockerfile", True),
        ("Containerfile", True),
        ("Dockerfile.gpu", True),
        ("gpu.Dockerfile", True),
        ("Dockerfile-2.5-cu121", True),
        ("dockerfile_build.sh", False),
        ("Dockerfile.go", True),
        ("dockerfile_test.go", False),
        ("dockerfile.test.ts", False),
        ("Dockerfile.md", False),
        (".dockerignore", False),
        ("mydockerfile", False),
    ],
)
def test_names(name: str, is_one: bool) -> None:
    assert is_dockerfile(name) is is_one


def test_what_pip_installs_at_its_place() -> None:
    text = (
        "FROM nvcr.io/nvidia/pytorch:25.09-py3\n"
        "RUN apt-get update \\\n"
        "    # why\n"
        "\n"
        "    && pip install --no-cache-dir 'torch>=2.9' \\\n"
        "       numpy==2.1 --index-url https://download.pytorch.org/whl/cu130\n"
    )
    result = dockerfile(text)
    assert asked(result.asks) == ["Dockerfile:5:35-47 torch>=2.9", "Dockerfile:6:8-18 numpy==2.1"]
    assert {ask.indexes.names for ask in result.asks if ask.indexes} == {("cu130",)}
    assert stated(result) == ["images/nvcr.io/nvidia/pytorch=25.09-py3"]
    assert (result.container, result.files) == (True, ("Dockerfile",))


@pytest.mark.parametrize(
    ("command", "asks"),
    [
        ("python3.11 -m pip install a", ["a"]),
        ("/isaac-sim/python.sh -m pip install a", ["a"]),
        ("sudo -H pip3 --no-cache-dir install -U a==1", ["a==1"]),
        ("uv pip install --system --torch-backend=cu130 a", ["a"]),
        ("uv add a b", ["a", "b"]),
        ("conda run -n x pip install a", ["a"]),
        ("PIP_NO_CACHE=1 pip install -t /x a", ["a"]),
        ("echo pip install a", []),
        ("pip uninstall -y a", []),
        ("pip install .", []),
        ('["pip", "install", "a>=1"]', ["a>=1"]),
    ],
)
def test_ways_to_call_pip(command: str, asks: list[str]) -> None:
    result = dockerfile(f"FROM x\nRUN {command}\n")
    assert [str(ask) for ask in result.asks] == asks
    assert result.unread == ()


def test_arguments_variables_and_platform() -> None:
    text = (
        "ARG BASE=nvidia/cuda:13.0.1-devel-ubuntu24.04\nFROM ${BASE}\nARG V=2.9.0\nARG TARGETARCH\n"
        "ENV PIP_EXTRA_INDEX_URL=https://user:secret@download.pytorch.org/whl/cu130 A=b\n"
        "RUN pip install torch==${V} tool-${TARGETARCH}==1 other==$W\n"
    )
    result = dockerfile(text)
    assert [str(ask) for ask in result.asks] == ["torch==2.9.0", "tool-arm64==1"]
    assert result.asks[0].indexes is not None
    assert result.asks[0].indexes.names == ("pypi", "cu130")
    assert noted(result.unread) == [
        ("unknown", "Dockerfile:6:51-60", "`other==${W}` depends on W, which is not known here.")
    ]
    assert "facts/cuda-toolkit=13.0.1" in stated(result)
    assert "secret" not in repr(result)


def test_a_base_without_a_default_is_not_known() -> None:
    result = dockerfile("ARG BASE\nFROM ${BASE}\n")
    assert noted(result.unread) == [
        (
            "unknown",
            "Dockerfile:2:6-13",
            "The base image `${BASE}` depends on a build argument without a default; name it with ARG.",
        )
    ]


def test_stages() -> None:
    text = (
        "FROM ubuntu:24.04 AS base\nRUN pip install in-base\n"
        "FROM base AS unused\nRUN pip install in-unused\n"
        "FROM python:3.11 AS wheels\nRUN pip install in-wheels\n"
        "FROM base\nCOPY --from=wheels /x /x\nRUN pip install in-last\n"
    )
    result = dockerfile(text)
    assert [(ask.name, ask.group) for ask in result.asks] == [
        ("in-base", None),
        ("in-wheels", "stage:wheels"),
        ("in-last", None),
    ]
    assert stated(result) == ["images/ubuntu=24.04", "facts/distro=ubuntu", "facts/distro-version=24.04"]


def test_files_that_commands_and_copies_write() -> None:
    text = (
        "FROM x\n"
        'RUN printf \'%s\\n\' "torch==2.7.0" "numpy<2" > constraints.txt\n'
        "COPY <<EOF /r.txt\n# why\nflask==3\nEOF\n"
        "RUN pip install -c constraints.txt -r /r.txt -r more.txt -r none.txt a\n"
    )
    result = dockerfile(text, more_txt="click==8\n")
    assert [(str(ask), ask.constraint, place(ask.origin.location)) for ask in result.asks] == [
        ("torch==2.7.0", True, "Dockerfile:2:19-33"),
        ("numpy<2", True, "Dockerfile:2:34-43"),
        ("flask==3", False, "Dockerfile:5:1-9"),
        ("click==8", False, "more.txt:1:1-9"),
        ("a", False, "Dockerfile:7:70-71"),
    ]
    assert noted(result.unread) == [
        ("unknown", "Dockerfile:7:61-69", "The file `none.txt` is not in the project at `none.txt`; it was not read.")
    ]


def test_here_documents_are_scripts_or_input() -> None:
    text = "FROM x\nRUN <<EOF\npip install a\nEOF\nRUN python3 <<EOF\nfrom pip import install\nEOF\nRUN pip install b\n"
    assert asked(dockerfile(text).asks) == ["Dockerfile:3:13-14 a", "Dockerfile:8:17-18 b"]


def test_commands_before_a_here_document_count() -> None:
    """They were lost with the Python that stands in it."""
    text = "FROM x\nRUN pip install a && \\\n    pip install b && python - <<'PY'\nimport c\nPY\nRUN pip install d\n"
    assert [str(ask) for ask in dockerfile(text).asks] == ["a", "b", "d"]


@pytest.mark.parametrize(
    "first",
    [
        "cat <<<EOF",
        "echo $((1<<N))",
        "echo 'cout <<x'",
        'echo "cout <<x"',
        "echo a<<b",
        "grep a\\ <<b",
        "echo <<",
        "echo <<- EOF",
        "echo ${x:-<<y}",
        '["cat", "<<EOF"]',
    ],
)
def test_what_begins_no_here_document(first: str) -> None:
    """BuildKit takes a whole unquoted word for the beginning of one, and nothing else."""
    result = dockerfile(f"FROM x\nRUN {first}\nRUN pip install a\n")
    assert [ask.name for ask in result.asks] == ["a"]


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("RUN <<EOF\npip install a\nEOF", ["a"]),
        ("RUN <<-'EOF'\n\tpip install a\n\tEOF", ["a"]),
        ('RUN <<"E O"\npip install a\nE O', ["a"]),
        ("RUN <<  EOF\npip install a\nEOF", ["a"]),
        ("RUN cat <<  EOF  > r.txt && pip install -r r.txt\na==1\nEOF", ["a==1"]),
        ("RUN <<E\\'F\npip install a\nE'F", ["a"]),
        ("RUN <<'E'\\'F\npip install a\nE'F", ["a"]),
        ("RUN <<$E\npip install a\n$E", ["a"]),
        ("RUN <<-E\npip install a\n\tE", ["a"]),
        ("RUN <<E\npip install a\n\tE\nE", ["a"]),
        ("RUN 3<<EOF\npip install a\nEOF", ["a"]),
        ("RUN <<E-1\npip install a\nE-1", ["a"]),
        ("RUN <<EOF\npip install a\nEOF \nEOF", ["a"]),
        ("RUN <<EOF\n#!/usr/bin/env bash\npip install a\nEOF", ["a"]),
        ("RUN <<EOF\n#!/usr/bin/env python3\npip install a\nEOF", []),
        ("RUN bash <<EOF\npip install a\nEOF", ["a"]),
        ("RUN --mount=type=cache,target=/x bash -ex <<'EOF'\npip install a\nEOF", ["a"]),
        ("RUN python <<EOF && pip install b\npip install a\nEOF", ["b"]),
        ("RUN cat <<A <<B && pip install b\npip install x\nA\npip install y\nB", ["b"]),
        ("RUN cat <<EOF > r.txt && pip install -r r.txt\na==1\nEOF", ["a==1"]),
        ("ENV V=1\nRUN cat > r.txt <<EOF\na==$V\nEOF\nRUN pip install -r r.txt", ["a==1"]),
        ("RUN tee r.txt <<'EOF'\na==1\nEOF\nRUN pip install -r r.txt", ["a==1"]),
        ("COPY <<a <<b /x/\npip install a\na\nb\nb", []),
        ("ONBUILD RUN <<EOF\npip install a\nEOF", []),
    ],
)
def test_here_documents_as_buildkit_reads_them(text: str, asks: list[str]) -> None:
    result = dockerfile(f"FROM x\n{text}\nRUN pip install last\n")
    assert [str(ask) for ask in result.asks] == [*asks, "last"]


def test_a_here_document_without_end_is_said() -> None:
    result = dockerfile("FROM x\nRUN cat <<EOF\nRUN pip install a\n")
    reason = "The here-document `EOF` has no end: all that follows belongs to it."
    assert [one.reason for one in result.unread] == [reason]


@pytest.mark.parametrize(
    "command",
    [
        '["bash", "-c", "pip install a"]',
        '["/bin/sh", "-lc", "cd x && pip install a"]',
        'bash -lc "pip install a"',
        "bash -o pipefail -c 'pip install a | tee log'",
        'x=$(echo "(" ) && pip install a',
        "set -- $(cat f) && pip install a",
    ],
)
def test_a_shell_that_is_given_a_text(command: str) -> None:
    assert [ask.name for ask in dockerfile(f"FROM x\nRUN {command}\n").asks] == ["a"]


def test_an_arithmetic_test_is_no_redirect() -> None:
    assert dockerfile('FROM x\nRUN if (( "$A" >= 8 )); then true; fi\n').unread == ()


def test_a_later_release_replaces_an_earlier_one() -> None:
    result = dockerfile("FROM x\nRUN pip install torch==2.7.0\nRUN pip install torch==2.9.0\n")
    assert [(str(ask), ask.applies) for ask in result.asks] == [("torch==2.7.0", False), ("torch==2.9.0", True)]


def test_what_is_made_for_another_machine() -> None:
    text = (
        "FROM --platform=linux/amd64 quay.io/pypa/manylinux_2_28_x86_64\n"
        "RUN curl -L -o x.tgz https://example.org/tool-linux-x86_64.tgz?token=secret && pip install a>=2\n"
    )
    result = dockerfile(text)
    assert [(severity, reason) for severity, _, reason in noted(result.unread)] == [
        ("warning", "The image is fixed to linux/amd64; on aarch64 it runs emulated, if at all, and without the GPU."),
        (
            "warning",
            "The base image `quay.io/pypa/manylinux_2_28_x86_64` is made for x86_64; this machine is aarch64.",
        ),
        ("warning", "The shell takes `>=2` for a file to write to: put the requirement in quotes."),
    ]
    x86 = dockerfile(text, target=stack(arch="x86_64", os="linux"))
    assert [reason for _, _, reason in noted(x86.unread)] == [
        "The shell takes `>=2` for a file to write to: put the requirement in quotes."
    ]


def test_system_packages_and_conda() -> None:
    result = dockerfile(
        "FROM x\nRUN apt-get install -y -t noble ros-jazzy-ros-base=0.11.0-1 git\nRUN conda install python=3.11 scipy\n"
    )
    assert [one for one in stated(result) if not one.startswith("apt/")][:3] == [
        "system-packages/ros-jazzy-ros-base=0.11.0-1",
        "system-packages/git=*",
        "facts/python=3.11",
    ]
    assert [(severity, reason) for severity, _, reason in noted(result.unread)] == [
        ("note", "`scipy` comes from conda, whose builds are not judged.")
    ]


def test_escape_directive_and_comments() -> None:
    text = "# escape=`\nFROM x\nRUN pip install a `\n  # not this\n  b\n# RUN pip install c\nrun pip install d\n"
    assert [ask.name for ask in dockerfile(text).asks] == ["a", "b", "d"]


def test_two_backslashes_go_on_in_no_other_line() -> None:
    assert [ask.name for ask in dockerfile("FROM x\nENV A=b\\\\\nRUN pip install a\n").asks] == ["a"]


@given(
    st.lists(
        st.sampled_from([*"FRUNOM \\\n#<>$'\"", "RUN ", "FROM ", "<<EOF", "EOF\n", "pip install ", "ARG ", "ENV a="])
    )
)
def test_any_text_is_read_without_a_crash(pieces: list[str]) -> None:
    text = "".join(pieces)
    list(instructions(text))
    dockerfile(text)


def test_junk_takes_no_time() -> None:
    for text in (
        "FROM x\nRUN " + "$(" * 50_000,
        "RUN <<A\n" * 20_000,
        "FROM x\nRUN " + "\\\n" * 50_000,
        "ENV a=" + "'\"" * 50_000,
    ):
        dockerfile(text)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus lies beside the checkout, and is not there")
def test_the_corpus() -> None:
    """Every Dockerfile is read; what was not is said. The counts are those of the files, counted by hand once."""
    found = {}
    for path in sorted(CORPUS.rglob("*")):
        if path.is_file() and is_dockerfile(path.name):
            result = read_project([str(path)], SPARK, lambda name: Path(name).read_bytes())
            found[str(path.relative_to(CORPUS))] = (len(result.asks), len(result.unread))
            assert any(one.table == "images" for one in result.stated) or result.unread
    assert len(found) == 35
    assert found["hiyouga__LLaMA-Factory/docker/docker-cuda/Dockerfile.megatron"] == (14, 2)
    assert found["huggingface__diffusers/docker/diffusers-pytorch-xformers-cuda/Dockerfile"] == (11, 0)


def test_where_an_unknown_base_image_takes_things_from_is_not_known() -> None:
    text = "ARG BASE\nFROM ${BASE}\nRUN pip install torch==2.9.0\nRUN pip install -i https://i.example/whl/cu130 vllm\n"
    torch, vllm = dockerfile(text).asks
    assert (torch.indexes, vllm.indexes) == (Indexes((UNKNOWN_INDEX,)), Indexes(("cu130",)))


@pytest.mark.parametrize(("encoding", "mark"), [("utf-16", "UTF-16"), ("utf-32", "UTF-32")])
def test_a_byte_order_mark_of_another_encoding_is_named(encoding: str, mark: str) -> None:
    with pytest.raises(ReadError, match=f"^Dockerfile: is {mark} with a byte order mark; save it as UTF-8$"):
        read_project(["Dockerfile"], SPARK, lambda _: "FROM ubuntu\n".encode(encoding))


def test_an_index_that_whoever_builds_may_give() -> None:
    """Without a default nothing is known of it; a default counts, and so does one in front of the first FROM."""
    given = [
        ("FROM x\nARG PIP_INDEX_URL\n", "${PIP_INDEX_URL}"),
        ("FROM x\nARG PIP_INDEX_URL=https://download.pytorch.org/whl/cu130\n", "cu130"),
        ("ARG PIP_INDEX_URL=https://download.pytorch.org/whl/cu130\nFROM x\nARG PIP_INDEX_URL\n", "cu130"),
        ("FROM x\nARG OTHER\n", "pypi"),
    ]
    for text, name in given:
        (ask,) = read(Dockerfile=f"{text}RUN pip install torch").asks
        assert ask.indexes is not None
        assert ask.indexes.names == (name,)


def test_a_base_image_of_a_template_is_named() -> None:
    (one,) = read(Dockerfile="FROM {{ base }} AS b\nRUN pip install a").unread
    assert one.reason == "The base image `{{ base }} AS b` is text of a template, which is not known here."
