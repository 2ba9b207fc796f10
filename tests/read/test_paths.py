"""Which file `-r FILE` means: the folder that a command runs in, and what was done to the file before. A file of the
same name that lies elsewhere is not read for it."""

from __future__ import annotations

import pytest

from stackcheck.read import read_project
from tests.read.reading import SPARK

MISSING = "is not in the project at"
UNKNOWN = "which file that is, is not known here"
FOREIGN = "is not the project's"
OBSCURE = "is not known here; it was not read"


def read(path: str, text: str, *files: str, **contents: str) -> tuple[list[str], list[str]]:
    """The requirements and the notes of a text beside files, each of which asks for a package named after its path."""
    there = {path: text, **{file: f"zz-{_slug(file)}\n" for file in files}, **contents}

    def load(asked: str) -> bytes:
        if asked not in there:
            raise FileNotFoundError(2, "No such file or directory")
        return there[asked].encode()

    found = read_project([path], SPARK, load)
    return [str(ask) for ask in found.asks], [one.reason for one in found.unread if one.severity != "note"]


def _slug(path: str) -> str:
    return path.rpartition(".")[0].replace("/", "-")


def check(found: tuple[list[str], list[str]], asks: str, *problems: str) -> None:
    asked, notes = found
    assert asked == asks.split()
    assert len(notes) == len(problems), notes
    assert all(problem in note for problem, note in zip(problems, notes, strict=True)), notes


@pytest.mark.parametrize(
    ("script", "asks", "problems"),
    [
        ("pip install -r r.txt", "zz-r", ()),
        ("cd backend && pip install -r r.txt", "zz-backend-r", ()),
        ("(cd backend && pip install -r r.txt)\npip install -r r.txt", "zz-backend-r zz-r", ()),
        ("pushd backend\npip install -r r.txt\npopd\npip install -r r.txt", "zz-backend-r zz-r", ()),
        ("cd backend; pip install -r r.txt; cd -; pip install -r r.txt", "zz-backend-r zz-r", ()),
        ("cd backend; cd ..; pip install -r r.txt", "zz-r", ()),
        ("for d in a backend; do (cd $d && pip install -r r.txt); done", "zz-a-r zz-backend-r", ()),
        ("f() { cd $1 && pip install -r r.txt; cd ..; }\nf a\nf backend", "zz-a-r zz-backend-r", ()),
        ("D=backend\ncd $D/\npip install -r ../a/r.txt", "zz-a-r", ()),
        ("bash -c 'cd backend && pip install -r r.txt'\npip install -r r.txt", "zz-backend-r zz-r", ()),
        ("uv --directory backend pip install -r r.txt", "zz-backend-r", ()),
        ("uv pip install --directory=backend -r r.txt", "zz-backend-r", ()),
        ("cd backend && pip install zz-own -c r.txt", "zz-own zz-backend-r", ()),
        ('cd "$SOMEWHERE" && pip install -r r.txt', "", (UNKNOWN,)),
        ("cd && pip install -r r.txt", "", (UNKNOWN,)),
        ("if [ $1 ]; then cd backend; fi\npip install -r r.txt", "", (UNKNOWN,)),
        ("if ! cd backend; then exit 1; fi\npip install -r r.txt", "", (UNKNOWN,)),
        ("f() { pip install -r r.txt; }\ncd backend\n$1", "", (UNKNOWN,)),
        ("f() { pip install -r r.txt; }\n(cd backend)\n$1", "zz-r", ()),
        ('f() { pip install -r r.txt; }\ncd "$(dirname "$0")/backend"\n$1', "zz-backend-r", ()),
        ("cd nowhere && pip install -r r.txt", "", (MISSING,)),
        ("cd /comfyui && pip install -r r.txt", "", (UNKNOWN,)),
        ("git clone https://github.com/x/y.git\ncd y && pip install -r r.txt", "", (FOREIGN,)),
        (
            "git clone --depth 1 -b main https://github.com/x/y backend\ncd backend\npip install -r r.txt",
            "",
            (FOREIGN,),
        ),
        ("git clone git@github.com:x/backend && pip install -r backend/r.txt", "", (FOREIGN,)),
        ("cd backend && conda env create -f e.yml", "zz-conda", ()),
    ],
)
def test_the_folder_of_a_command(script: str, asks: str, problems: tuple[str, ...]) -> None:
    conda = "dependencies: [pip, {pip: [zz-conda]}]\n"
    found = read("run.sh", f"{script}\n", "r.txt", "a/r.txt", "backend/r.txt", "y/r.txt", **{"backend/e.yml": conda})
    check(found, asks, *problems)


@pytest.mark.parametrize(
    ("script", "asks", "problems"),
    [
        ('cd "$(dirname "$0")/.."\npip install -r r.txt', "zz-r", ()),
        ('cd "$(dirname "${BASH_SOURCE[0]}")"\npip install -r r.txt', "zz-scripts-r", ()),
        ('D="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"\ncd "$D"\npip install -r r.txt', "zz-r", ()),
        ('D=$(cd $(dirname $0) && pwd)\nR="$D/.."\ncd $R/lib; pip install -r r.txt', "zz-lib-r", ()),
        ('D=$(dirname "$(readlink -f "$0")")\npip install -r "$D/../lib/r.txt"', "zz-lib-r", ()),
        (
            'D=$( cd -- "$( dirname -- "${BASH_SOURCE[0]}" )" &> /dev/null && pwd )\ncd "$D/.."\npip install -r r.txt',
            "zz-r",
            (),
        ),
        ('D="$(cd "$(dirname "$0")" && pwd)"\nR="$(dirname "$D")"\npip install -r "${R}/lib/r.txt"', "zz-lib-r", ()),
        ('D="$(dirname "$0")"\nR="$(cd "$D/.." && pwd)"\ncd "$R"\npip install -r r.txt', "zz-r", ()),
        ('R="$(cd "$ELSEWHERE/.." && pwd)"\ncd "$R"\npip install -r r.txt', "", (UNKNOWN,)),
        ("cd lib && pip install -r r.txt", "zz-lib-r", ()),  # it lies only below the top
        ("cd both && pip install -r r.txt", "", (UNKNOWN,)),  # there is one from either start
        ("pip install -r r.txt", "zz-scripts-r", ()),
    ],
)
def test_the_folder_of_a_script(script: str, asks: str, problems: tuple[str, ...]) -> None:
    files = ("r.txt", "scripts/r.txt", "lib/r.txt", "both/r.txt", "scripts/both/r.txt")
    check(read("scripts/run.sh", f"{script}\n", *files), asks, *problems)


@pytest.mark.parametrize(
    ("text", "asks", "problems"),
    [
        ("COPY backend/r.txt /app/r.txt\nWORKDIR /app\nRUN pip install -r r.txt", "zz-backend-r", ()),
        ("WORKDIR /app\nCOPY . .\nRUN pip install -r backend/r.txt", "zz-backend-r", ()),
        ("WORKDIR /app\nCOPY . .\nWORKDIR backend\nRUN pip install -r r.txt", "zz-backend-r", ()),
        ("WORKDIR /app\nCOPY . .\nRUN cd backend && pip install -r r.txt", "zz-backend-r", ()),
        ("WORKDIR /code\nCOPY ./r.txt /code/r.txt\nRUN pip install -r /code/r.txt", "zz-r", ()),
        ("COPY backend/r.txt /tmp/\nRUN pip install -r /tmp/r.txt", "zz-backend-r", ()),
        ("COPY backend/r.txt /tmp\nRUN pip install -r /tmp/r.txt", "zz-backend-r", ()),
        ("COPY backend/r.txt a/r.txt /usr/src/app/\nWORKDIR /usr/src\nRUN pip install -r app/r.txt", "zz-a-r", ()),
        ("COPY gpu.txt r.txt\nRUN pip install -r r.txt", "zz-gpu", ()),
        ('COPY ["gpu.txt", "r.txt"]\nRUN pip install -r r.txt', "zz-gpu", ()),
        ("COPY backend/*.txt ./\nRUN pip install -r r.txt", "zz-backend-r", ()),
        ("COPY backend /app\nRUN pip install -r /app/r.txt", "zz-backend-r", ()),
        ("ARG D\nWORKDIR $D\nCOPY backend/r.txt .\nRUN pip install -r r.txt", "zz-backend-r", ()),
        ("ENV D=/app\nCOPY backend/r.txt $D/\nWORKDIR ${D}\nRUN pip install -r r.txt", "zz-backend-r", ()),
        ("RUN --mount=type=bind,source=backend/r.txt,target=/tmp/r.txt pip install -r /tmp/r.txt", "zz-backend-r", ()),
        (
            "COPY gpu.txt /r.txt\nRUN --mount=type=bind,source=r.txt,target=/r.txt true\nRUN pip install -r /r.txt",
            "zz-gpu",
            (),
        ),
        ("WORKDIR /s\nRUN --mount=type=bind,target=. pip install -r backend/r.txt", "zz-backend-r", ()),
        ("WORKDIR /s\nRUN --mount=from=x,source=/r.txt,target=r.txt pip install -r r.txt", "", (FOREIGN,)),
        ("COPY --from=builder /app /app\nWORKDIR /app\nRUN pip install -r r.txt", "", (FOREIGN,)),
        ("COPY --from=x /uv /bin/\nCOPY r.txt .\nRUN pip install -r r.txt", "zz-r", ()),
        ("COPY --from=x /w/a.whl /w/*.txt /t/\nRUN pip install -r /t/r.txt", "", (FOREIGN,)),
        ("COPY --from=x /w/a.whl /w/b /t/\nRUN pip install -r /t/r.txt", "", (FOREIGN,)),
        ("COPY backend/r.txt /t/\nCOPY --from=x /w/a.whl /t/\nRUN pip install -r /t/r.txt", "zz-backend-r", ()),
        ("ADD https://x.org/r.txt .\nRUN pip install -r r.txt", "", (FOREIGN,)),
        ("RUN git clone https://github.com/x/y /y\nWORKDIR /y\nRUN pip install -r r.txt", "", (FOREIGN,)),
        ("RUN git clone https://github.com/x/y . && pip install -r r.txt", "", (FOREIGN,)),
        ("COPY gone.txt r.txt\nRUN pip install -r r.txt", "", (MISSING,)),
        ("COPY a /app\nWORKDIR /app\nRUN pip install -r gpu.txt", "", (MISSING,)),
        ("WORKDIR /app\nRUN cd /comfyui && pip install -r r.txt", "", (UNKNOWN,)),
        ("WORKDIR /app\nRUN pip install -r r.txt", "zz-r", ()),  # nothing was copied: the folder may be mounted
        ("RUN pip install -r backend/r.txt", "zz-backend-r", ()),
        ("COPY . .\nRUN sed -i '/-r$/d' r.txt && pip install -r r.txt -r gpu.txt", "zz-gpu", ()),
        ("COPY . .\nRUN grep -v a gpu.txt > r.txt\nRUN pip install -r r.txt", "", (OBSCURE,)),
        ("WORKDIR /w\nCOPY . .\nRUN echo zz-more >> /w/r.txt && pip install -r r.txt", "zz-more zz-r", ()),
        ("RUN echo zz-old > r.txt\nCOPY gpu.txt r.txt\nRUN pip install -r r.txt", "zz-gpu", ()),
        ("RUN echo zz-more >> /r.txt && pip install -r /r.txt", "zz-more", ()),
        ("COPY gpu.txt /a.txt\nRUN cp /a.txt /r.txt && pip install -r /r.txt", "zz-gpu", ()),
        ("COPY . /app\nWORKDIR /app\nCMD pip install -r backend/r.txt && ./run", "zz-backend-r", ()),
        ('COPY . /app\nENTRYPOINT ["bash", "-c", "pip install -r /app/gpu.txt"]', "zz-gpu", ()),
        ("CMD pip install zz-first\nCMD pip install zz-last", "zz-last", ()),
    ],
)
def test_what_an_image_holds(text: str, asks: str, problems: tuple[str, ...]) -> None:
    found = read("Dockerfile", f"FROM scratch\n{text}\n", "r.txt", "a/r.txt", "backend/r.txt", "gpu.txt")
    check(found, asks, *problems)


def test_stages_hand_on_what_they_hold() -> None:
    text = "FROM a AS one\nWORKDIR /w\nCOPY gpu.txt r.txt\nFROM one\nRUN pip install -r r.txt\n"
    check(read("Dockerfile", text, "r.txt", "gpu.txt"), "zz-gpu")


def test_a_stage_that_is_mounted_is_built() -> None:
    text = "FROM a AS w\nRUN pip wheel zz-built\nFROM a\nRUN --mount=type=bind,from=w,source=/w,target=/w true\n"
    check(read("Dockerfile", text), "zz-built")


def test_the_command_of_a_stage_that_is_only_copied_from_does_not_run() -> None:
    text = "FROM a AS w\nCMD pip install zz-no\nFROM a\nCOPY --from=w /x /x\n"
    check(read("Dockerfile", text), "")


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("COPY r.txt /tmp/", "zz-r"),  # there is none beside the Dockerfile
        ("COPY docker/own.txt /tmp/r.txt", "zz-docker-own"),
        ("COPY docker/own.txt /x/\nCOPY two.txt /tmp/r.txt", "zz-two"),  # the context is the top, which the first tells
        ("COPY own.txt /tmp/r.txt", "zz-docker-own"),
        ("COPY . /tmp", "zz-r"),
    ],
)
def test_the_build_context(text: str, asks: str) -> None:
    text = f"FROM a\n{text}\nRUN pip install -r /tmp/r.txt\n"
    check(read("docker/Dockerfile", text, "r.txt", "docker/own.txt", "two.txt", "docker/two.txt"), asks)


@pytest.mark.parametrize(
    ("script", "asks", "problems"),
    [
        ("echo zz-more >> r.txt", "zz-more zz-r zz-torch", ()),
        ("echo zz-new > r.txt", "zz-new", ()),
        ("{ echo zz-new; echo zz-two; } > r.txt", "zz-new zz-two", ()),
        ("cat > r.txt <<E\nzz-new\nE\necho zz-more >> r.txt", "zz-new zz-more", ()),
        ("sed -i '/torch/d' r.txt", "zz-r", ()),
        ("sed -i -e /TORCH/Id -e '/^zz-r$/d' r.txt", "", ()),
        ("sed -i 's/==.*//' r.txt", "zz-r zz-torch", ("is changed by `sed` before",)),
        ("perl -pi -e 's/==.*//' r.txt", "zz-r zz-torch", ("is changed by `perl` before",)),
        ("sed '/torch/d' r.txt", "zz-r zz-torch", ()),
        ("sed '/torch/d' r.txt > q.txt; mv q.txt r.txt", "", (OBSCURE,)),
        ("grep -v torch q.txt > r.txt", "", (OBSCURE,)),
        ("poetry export -f requirements.txt -o r.txt", "", (OBSCURE,)),
        ("poetry export --output=r.txt", "", (OBSCURE,)),
        ("uv pip compile pyproject.toml -o r.txt", "", (OBSCURE,)),
        ("curl -sSLo r.txt https://x.org/q", "", (OBSCURE,)),
        ("curl -LO https://x.org/r.txt", "", (OBSCURE,)),
        ("wget -O r.txt https://x.org/q", "", (OBSCURE,)),
        ("wget https://x.org/r.txt", "", (OBSCURE,)),
        ("wget -qO- https://x.org/r.txt | sh", "zz-r zz-torch", ()),
        ("wget -P sub https://x.org/r.txt", "zz-r zz-torch", ()),
        ("wget -P sub https://x.org/r.txt; cd sub", "", (OBSCURE,)),
        ("curl -fsSL https://x.org/r.txt | sh", "zz-r zz-torch", ()),
        ("echo zz-new==1 > r.txt; sed -i 's/1/2/' r.txt", "", (OBSCURE,)),
        ("cat q.txt | tee r.txt", "", (OBSCURE,)),
        ("cat q.txt >> r.txt", "zz-r zz-torch", ("gets more lines by `cat` before",)),
        ("if [ ! -f r.txt ]; then echo zz-new > r.txt; fi", "zz-r zz-torch", ()),
        ("[ -f r.txt ] || curl -o r.txt https://x.org/r", "zz-r zz-torch", ()),
        ("if [ ! -f s.txt ]; then echo zz-new > s.txt; fi; cp s.txt r.txt", "zz-new", ()),
        ("cp gpu.txt r.txt", "zz-gpu", ()),
        ("cp gpu.txt r.txt; echo zz-new > r.txt; cp r.txt q.txt", "zz-new", ()),
        ("cp gpu.txt r.txt; sed -i /gpu/d r.txt", "", ()),
        ("echo zz-new > sub/r.txt", "zz-r zz-torch", ()),
        ("cd sub; echo zz-new > r.txt; cd ..", "zz-r zz-torch", ()),
        ("echo zz-new > sub/r.txt; cd sub", "zz-new", ()),
    ],
)
def test_a_file_that_is_changed_before(script: str, asks: str, problems: tuple[str, ...]) -> None:
    contents = {"r.txt": "zz-r\nzz-torch==1\n".replace("==1", "")}
    found = read("run.sh", f"{script}\npip install -r r.txt\n", "gpu.txt", **contents)
    check(found, asks, *problems)


def test_what_a_changed_file_asks_for_is_not_certain() -> None:
    script, there = b"sed -i s/a/b/ r.txt\npip install -r r.txt\n", b"zz-r\n"
    found = read_project(["run.sh"], SPARK, lambda path: script if path == "run.sh" else there)
    assert [ask.applies for ask in found.asks] == [None]


@pytest.mark.parametrize(
    ("steps", "asks", "problems"),
    [
        ("- run: pip install -r r.txt", "zz-r", ()),
        ("- {run: pip install -r r.txt, working-directory: backend}", "zz-backend-r", ()),
        ("- {run: pip install -r r.txt, working-directory: './backend/'}", "zz-backend-r", ()),
        ("- {run: pip install -r r.txt, working-directory: '${{ matrix.a }}'}", "", (UNKNOWN,)),
        ("- run: cd backend && pip install -r r.txt\n      - run: pip install -r r.txt", "zz-backend-r zz-r", ()),
        (
            "- {uses: actions/checkout@v4, with: {repository: x/y, path: backend}}\n"
            "      - run: pip install -r backend/r.txt",
            "",
            (FOREIGN,),
        ),
    ],
)
def test_a_workflow_starts_at_the_top(steps: str, asks: str, problems: tuple[str, ...]) -> None:
    text = f"jobs:\n  a:\n    runs-on: ubuntu-24.04-arm\n    steps:\n      {steps}\n"
    check(read(".github/workflows/ci.yml", text, "r.txt", "backend/r.txt", ".github/workflows/r.txt"), asks, *problems)


@pytest.mark.parametrize(
    ("workflow", "job", "asks"),
    [("backend", "", "zz-p-backend-r"), ("backend", "a", "zz-p-a-r"), ("", "a", "zz-p-a-r"), ("", "", "zz-p-r")],
)
def test_a_workflow_has_a_default_folder(workflow: str, job: str, asks: str) -> None:
    own, its = (f"defaults: {{run: {{working-directory: {one}}}}}" if one else "" for one in (workflow, job))
    text = f"{own}\njobs:\n  a:\n    runs-on: ubuntu-24.04-arm\n    {its}\n    steps: [{{run: pip install -r r.txt}}]\n"
    check(read("p/.github/workflows/ci.yml", text, "r.txt", "p/r.txt", "p/a/r.txt", "p/backend/r.txt"), asks)


@pytest.mark.parametrize("path", [".devcontainer/devcontainer.json", ".devcontainer/gpu/devcontainer.json"])
def test_a_devcontainer_starts_at_the_top(path: str) -> None:
    check(read(path, '{"postCreateCommand": "pip install -r r.txt"}', "r.txt", ".devcontainer/r.txt"), "zz-r")
