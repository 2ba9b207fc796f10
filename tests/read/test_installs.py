"""What commands install: who calls whom, with which options, from where. Each input lost something once, or made
something up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.read.reading import SPARK, asked, noted, read, stack

if TYPE_CHECKING:
    from stackcheck.read import ReadResult


def run(command: str, **files: str) -> ReadResult:
    """A shell script beside other files."""
    return read("run.sh", run_sh=f"{command}\n", **files)


def names(result: ReadResult) -> list[str]:
    """The requirements, in order."""
    return [str(ask) for ask in result.asks]


def reasons(result: ReadResult) -> list[str]:
    """What was not read."""
    return [one.reason for one in result.unread]


def indexes(result: ReadResult) -> list[tuple[str, tuple[str, ...]]]:
    """Where each project comes from."""
    return [(ask.name, ask.indexes.names if ask.indexes else ()) for ask in result.asks]


@pytest.mark.parametrize(
    ("command", "asks"),
    [
        ("pip install -qr req.txt", ["x==1"]),
        ("pip install -qrreq.txt b", ["x==1", "b"]),
        ("pip --timeout 100 install a", ["a"]),
        ("pip --log=f -q install a", ["a"]),
        ("python -mpip install a", ["a"]),
        ("python3 -Im pip install a", ["a"]),
        ("python -Impip install a", ["a"]),
        ("uv --directory x pip install a", ["a"]),
        ("uv --quiet pip --offline install a", ["a"]),
        ("pip install --root-user-action ignore a", ["a"]),
        ("pip install --progress-bar off --src s --report r a", ["a"]),
        ("uv pip install --reinstall-package torch a", ["a"]),
        ("uv pip install --prerelease-package torch --config-settings-package x:y=z a", ["a"]),
        ("uv add --bounds major --marker m --script s.py a", ["a"]),
        ("pip install a -- b", ["a", "b"]),
        ("pip wheel -w out a", ["a"]),
        ("pip download -d out a", ["a"]),
        ("/opt/v/bin/pip3.12 install a", ["a"]),
        ('"$VENV/bin/pip" install a', ["a"]),
        ("pip-sync req.txt", ["x==1"]),
        ("uv pip sync req.txt", ["x==1"]),
        ("uv pip sync -q req.txt --python 3.12", ["x==1"]),
        ("pipenv install 'a>=1' b", ["a>=1", "b"]),
        ("pipenv install -r req.txt", ["x==1"]),
        ("pdm add -dG test a 'b>=1'", ["a", "b>=1"]),
        ("poetry add a@^2.0 b@latest 'c>=1' --group dev", ["a>=2.0,<3", "b", "c>=1"]),
        ("pixi add --pypi a==1", ["a==1"]),
    ],
)
def test_nothing_is_lost_or_made_up(command: str, asks: list[str]) -> None:
    result = run(command, req_txt="x==1\n")
    assert (names(result), reasons(result)) == (asks, [])


def test_constraints_of_uv_are_constraints() -> None:
    result = run("uv pip install --constraints c.txt -r req.txt", c_txt="y<2\n", req_txt="x\n")
    assert [(str(ask), ask.constraint) for ask in result.asks] == [("y<2", True), ("x", False)]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("uvx ruff check", "`uvx ruff check` installs into an environment of its own, which is not judged."),
        ("uv tool install a", "`uv tool install a` installs into an environment of its own, which is not judged."),
        (
            "uv run --with a f.py",
            "`uv run --with a f.py` installs into an environment of its own, which is not judged.",
        ),
        ("pipx install a", "`pipx install a` installs into an environment of its own, which is not judged."),
        (
            "pixi global install a",
            "`pixi global install a` installs into an environment of its own, which is not judged.",
        ),
        (
            "docker build -f - . <<EOF\nFROM x\nRUN pip install a\nEOF",
            "The Dockerfile that `docker` builds from here was not read.",
        ),
        ("pixi add a", "`a` comes from conda, whose builds are not judged."),
        ("conda install --file c.txt", "The packages that `c.txt` names come from conda, whose builds are not judged."),
        ("conda install --file d.txt", "The file `d.txt` is not in the project at `d.txt`; it was not read."),
        ("conda env create", "The file `environment.yml` is not in the project at `environment.yml`; it was not read."),
        ("$PIP install a", "What `${PIP}` stands for is not known here; what it installs was not read."),
        ("sudo ${PIP_INSTALL} a", "What `${PIP_INSTALL}` stands for is not known here; what it installs was not read."),
        ("cat f | xargs pip install", "The file `f` is not in the project at `f`; it was not read."),
        ("pip install -r <(curl x)", "The file `<(…)` was not read: what a command writes there is not known here."),
        ("pip install -r -", "The file `-` was not read: what a command writes there is not known here."),
        ("pip install $(cat a; cat b)", "`$(…)` depends on a command, which is not known here."),
        ("pip install $(cat a b)", "`$(…)` depends on a command, which is not known here."),
        ("pip install --group dev", "`dev` is a group of pyproject.toml; it was not read here."),
        ("pip install --frobnicate", "pip has no option `--frobnicate`, or several that begin so; it was left out."),
        ("uv pip install --overrides o.txt", "The file `o.txt` overrides versions; it was not read."),
        (
            "pip download --platform manylinux2014_x86_64 a",
            "`pip download` is for another platform (--platform); it was not read.",
        ),
        ("pip install 'a", "`pip install` stands in shell text that is not understood; it was not read."),
    ],
)
def test_what_is_not_read_is_one_note(command: str, reason: str) -> None:
    result = run(command, c_txt="numpy\n")
    assert (names(result), reasons(result)) == ([], [reason])


def test_a_command_that_is_understood_in_part() -> None:
    result = run("pip install a ${{ b }} c\npip install d")
    assert "d" in names(result)
    assert "`pip install` stands in shell text that is not understood; it was not read." in reasons(result)


def test_a_shortened_option_that_pip_refuses_now() -> None:
    """Former releases had one option less that begins so."""
    result = run("pip install --req req.txt", req_txt="x==1\n")
    assert names(result) == ["x==1"]
    assert reasons(result) == ["pip has no option `--req`, or several that begin so; it was left out."]


def test_what_is_no_installer_says_nothing() -> None:
    text = "$SUDO make install\n$CMAKE --build . --target install\n${pip_uninstall} -y a\npip uninstall a\nuv lock\n"
    result = run(
        f"{text}echo pip install a\npoetry check\npixi list\nuv venv\ngit commit -m 'pip install a'\nchmod +x ./uvx\n"
        "command -v uvx || [ -x ~/.local/bin/uvx ]\ncp uvx /usr/bin\n"
    )
    assert (names(result), reasons(result)) == ([], [])


def test_an_environment_of_conda_is_read_for_the_image() -> None:
    yaml = "dependencies:\n  - python=3.11\n  - pip:\n    - torch==2.9.0\n"
    for command in (
        "conda env create -f e.yml",
        "micromamba create -yn base --file=e.yml",
        "mamba env update -f e.yml",
    ):
        result = read("Dockerfile", Dockerfile=f"FROM x\nRUN {command}\n", e_yml=yaml)
        assert names(result) == ["torch==2.9.0"]
        assert [(one.name, one.state.value) for one in result.stated if one.table == "facts"] == [("python", "3.11")]


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("wget https://h.example/a-x86_64.rpm", True),
        ("wget https://h.example/repos/ubuntu2404/x86_64/cuda-keyring_1.1-1_all.deb", True),
        ("wget https://h.example/repos/ubuntu2404/sbsa/cuda-keyring_1.1-1_all.deb", False),
        ("has a || (wget https://h.example/a-x86_64.rpm && rpm -i a)", True),
        ("get() { wget https://h.example/a-x86_64.rpm; }", True),
        ("[ $(uname -m) = x86_64 ] && wget https://h.example/a-x86_64.rpm", False),
        ("[ $(uname -m) = aarch64 ] || wget https://h.example/a-x86_64.rpm", False),
        ("case $(uname -m) in x86_64) wget https://h.example/a-x86_64.rpm;; esac", False),
        ("for a in x86_64 aarch64; do wget https://h.example/a-$a.rpm; done", False),
    ],
)
def test_a_download_for_another_machine(text: str, warned: bool) -> None:
    assert bool(reasons(run(text))) is warned


# --- where things come from -------------------------------------------------------------------------------------------

CU130 = "https://download.pytorch.org/whl/cu130"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"PIP_INDEX_URL={CU130} pip install a", ("cu130",)),
        (f"env PIP_INDEX_URL={CU130} pip install a", ("cu130",)),
        (f"sudo PIP_EXTRA_INDEX_URL={CU130} pip install a", ("pypi", "cu130")),
        (f"export PIP_INDEX_URL={CU130}; pip install a", ("cu130",)),
        (f"declare -x PIP_INDEX_URL={CU130}; pip install a", ("cu130",)),
        (f"PIP_INDEX_URL={CU130}; export PIP_INDEX_URL; pip install a", ("cu130",)),
        (f"PIP_INDEX_URL={CU130}; pip install a", ("pypi",)),
        (f"pip config set global.index-url {CU130}; pip install a", ("cu130",)),
        (f"pip3 config --user set install.extra-index-url {CU130}; pip install a", ("pypi", "cu130")),
        (f"pip config set global.index-url {CU130}; pip config unset global.index-url; pip install a", ("pypi",)),
        (f"export PIP_INDEX_URL={CU130}; pip install -i https://h.example/x a", ("h.example/x",)),
        (f"pip install --extra-index-url {CU130} -i https://h.example/x a", ("h.example/x", "cu130")),
        (f"printf '[global]\\nindex-url = {CU130}\\n' > /etc/pip.conf; pip install a", ("cu130",)),
        (f"export PIP_INDEX_URL={CU130}; uv pip install a", ("pypi",)),
        (f"export UV_INDEX_URL={CU130}; uv pip install a", ("cu130",)),
        (f"export UV_DEFAULT_INDEX={CU130}; uv pip install a", ("cu130",)),
        (f"UV_INDEX='t={CU130} https://h.example/x' uv pip install a", ("cu130", "h.example/x", "pypi")),
        (f"UV_EXTRA_INDEX_URL={CU130} uv pip install a", ("cu130", "pypi")),
        (f"UV_INDEX=https://h.example/x uv pip install --index {CU130} a", ("cu130", "pypi")),
        (f"uv pip install --default-index {CU130} -i https://h.example/x a", ("cu130",)),
        (f"uv pip install --index t={CU130} a", ("cu130", "pypi")),
        ("pip install --no-index -f https://h.example/x a", ("h.example/x",)),
        ("pip install -i ${MIRROR} a", ("${MIRROR}",)),
        ("uv pip install --index-url ${UV_DEFAULT_INDEX} a", ("${UV_DEFAULT_INDEX}",)),
        ("pip install --extra-index-url https://h.example/${CU} a", ("pypi", "${CU}")),
        ("export PIP_INDEX_URL=$(cat /run/secret); pip install a", ("${PIP_INDEX_URL}",)),
        ("pip config set global.index-url $MIRROR; pip install a", ("${PIP_INDEX_URL}",)),
        ("if x; then export PIP_INDEX_URL=https://h.example/x; fi; pip install a", ("${PIP_INDEX_URL}",)),
    ],
)
def test_where_a_project_comes_from(text: str, expected: tuple[str, ...]) -> None:
    assert indexes(run(text)) == [("a", expected)]


@pytest.mark.parametrize("text", ["ARG PIP_INDEX_URL={}", "ENV PIP_INDEX_URL={}", "ENV PIP_INDEX_URL {}"])
def test_arguments_and_variables_of_a_build(text: str) -> None:
    result = read("Dockerfile", Dockerfile=f"FROM x\n{text.format(CU130)}\nRUN pip install a\nRUN uv pip install b\n")
    assert indexes(result) == [("a", ("cu130",)), ("b", ("pypi",))]


def test_an_argument_counts_in_its_stage_and_env_in_those_built_on_it() -> None:
    text = (
        f"ARG PIP_INDEX_URL={CU130}\nFROM x AS one\nRUN pip install a\nARG PIP_INDEX_URL\nRUN pip install b\n"
        f"ENV UV_INDEX={CU130}\nRUN pip config set global.extra-index-url {CU130}\n"
        "FROM one\nRUN pip install c && uv pip install d\n"
    )
    assert indexes(read("Dockerfile", Dockerfile=text)) == [
        ("a", ("pypi",)),
        ("b", ("cu130",)),
        ("c", ("pypi", "cu130")),
        ("d", ("cu130", "pypi")),
    ]


def test_a_configuration_that_is_copied_into_the_image() -> None:
    conf = f"[global]\nindex-url = {CU130}\n"
    text = "FROM x\nCOPY deploy/pip.conf /etc/pip.conf\nRUN pip install a\n"
    result = read("Dockerfile", Dockerfile=text, deploy__pip_conf=conf)
    assert indexes(result) == [("a", ("cu130",))]
    assert result.files == ("Dockerfile", "deploy/pip.conf")
    text = f"FROM x\nCOPY <<EOF /etc/pip.conf\n{conf}EOF\nRUN pip install a\n"
    assert indexes(read("Dockerfile", Dockerfile=text)) == [("a", ("cu130",))]


@pytest.mark.parametrize(
    ("text", "torch", "flask"),
    [
        ("uv pip install --torch-backend cpu --index-url https://h.example/x", ("cpu",), ("h.example/x",)),
        ("uv pip install --torch-backend=cu130", ("cu130",), ("pypi",)),
        ("UV_TORCH_BACKEND=cu130 uv pip install", ("cu130",), ("pypi",)),
        ("uv pip install --torch-backend auto", ("${UV_TORCH_BACKEND}",), ("pypi",)),
        ("UV_TORCH_BACKEND=cu130 pip install", ("pypi",), ("pypi",)),
    ],
)
def test_the_backend_of_torch(text: str, torch: tuple[str, ...], flask: tuple[str, ...]) -> None:
    """uv takes torch and its relatives from the backend's index alone, and all else from the usual ones."""
    result = run(f"{text} torch flask")
    assert indexes(result) == [("torch", torch), ("flask", flask)]


def test_what_a_project_of_uv_needs_comes_from_the_backend_too() -> None:
    (ask,) = run("uv pip install --torch-backend cu130 accelerate").asks
    assert ask.transitive is not None
    assert (ask.transitive.names, ask.transitive.strategy) == (("cu130", "pypi"), "first")


def test_constraints_by_variable() -> None:
    result = run("export PIP_CONSTRAINT=c.txt; pip install a; UV_CONSTRAINT=d.txt pip install b", c_txt="y<2\n")
    assert [(str(ask), ask.constraint) for ask in result.asks] == [
        ("a", False),
        ("y<2", True),
        ("b", False),
        ("y<2", True),
    ]


def test_the_machines_own_variables() -> None:
    target = stack({"PIP_INDEX_URL": CU130, "UV_TORCH_BACKEND": "cpu"}, arch="aarch64", os="linux")
    result = read("run.sh", run_sh="pip install torch\nuv pip install torch\n", target=target)
    assert indexes(result) == [("torch", ("cu130",)), ("torch", ("cpu",))]


def test_places_of_what_a_shell_is_given() -> None:
    result = read("run.sh", run_sh="bash -c 'pip install a'\nsu -c \"pip install b $X\"\n", target=SPARK)
    assert asked(result.asks) == ["run.sh:1:22-23 a", "run.sh:2:20-21 b"]
    assert noted(result.unread) == [("unknown", "run.sh:2:22-24", "`${X}` depends on X, which is not known here.")]


@pytest.mark.parametrize("path", ["./local", "/opt/bar", "third_party/gym[all]", "file:///a/b", "gym"])
def test_an_editable_path_is_named_as_one_without_the_option(path: str) -> None:
    """What it asks for stands in files of its own; a bare name is a folder too."""
    result = run(f"pip install -e '{path}' a")
    assert names(result) == ["a"]
    shown = path if path != "gym" else "./gym"
    assert reasons(result) == [f"`{shown}` is a local project; what it asks for stands in its own files."]
    assert reasons(run("pip install -e . a")) == []


@pytest.mark.parametrize(
    "command",
    [
        "ssh host pip install x",
        "sshpass -p a ssh -t host 'pip install y'",
        'ssh host bash -c "pip install z"',
        "sudo watch -n 3 pip install x",
        "pip install --dry-run x",
        "uv pip install --dry-run x",
    ],
)
def test_what_installs_nothing_here(command: str) -> None:
    result = run(f"{command}; pip install ssh")
    assert (names(result), reasons(result)) == (["ssh"], [])


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("pip install {{ pkgs }} x", "`{{ pkgs }}` depends on a template, which is not known here."),
        ("pip install -r {{ f }} x", "The file `{{ f }}` was not read: its name is not known here."),
        (
            "{{ pip }} install y; pip install x",
            "What `{{ pip }}` stands for is not known here; what it installs was not read.",
        ),
    ],
)
def test_a_template_in_a_command_is_named(command: str, said: str) -> None:
    result = run(command)
    assert names(result) == ["x"]
    assert reasons(result) == [said]


@pytest.mark.parametrize(
    "text",
    [
        "git clone https://x.example/o/y && cd y && pip install .",
        "git clone --depth 1 https://x.example/o/y.git && cd y && pip install -e .[all] --no-build-isolation",
        "git clone https://x.example/o/y src; (cd src && pip install -v ./)",
        "git clone https://x.example/o/y /opt/y; uv pip install /opt/y",
        "git clone https://x.example/o/y && cd y && python3 setup.py install --user",
        "git clone https://x.example/o/y && python y/setup.py develop",
    ],
)
def test_the_clone_of_a_repository_is_installed_as_the_repository_is(text: str) -> None:
    """pip, "VCS Support": both take the sources and build them."""
    (ask,) = run(text).asks
    assert (ask.name, ask.applies, (ask.url or "").removesuffix(".git")) == ("y", True, "git+https://x.example/o/y")
    assert reasons(run(text)) == []


def test_a_clone_by_ssh_and_in_an_image() -> None:
    (ask,) = run("git clone git@x.example:o/y.git && cd y && pip install .").asks
    assert (ask.name, ask.url) == ("y", "git+ssh://x.example/o/y.git")
    (ask,) = read(
        "Dockerfile", Dockerfile="FROM ubuntu\nRUN git clone https://x.example/o/y\nWORKDIR y\nRUN pip install .\n"
    ).asks
    assert ask.name == "y"


@pytest.mark.parametrize(
    "text",
    [
        "git clone https://x.example/o/y; pip install .",
        "git clone https://x.example/o/y; python setup.py install",
        "git clone https://x.example/o/y && cd y && python setup.py test",
    ],
)
def test_the_projects_own_files_are_no_clone(text: str) -> None:
    """They are read by themselves."""
    assert (run(text).asks, reasons(run(text))) == ((), [])


def test_a_part_of_a_clone_and_one_that_takes_what_is_compiled_are_named() -> None:
    said = "is a local project; what it asks for stands in its own files."
    clone = "git clone https://x.example/x/y"
    assert reasons(run(f"{clone} && cd y/python && pip install .")) == [f"`./y/python` {said}"]
    assert reasons(run(f"{clone} && cd y && Y_USE_PRECOMPILED=1 pip install .")) == [f"`./y` {said}"]
    assert reasons(run(f"export Y_SKIP_CUDA_BUILD=TRUE; {clone}; cd y; pip install .")) == [f"`./y` {said}"]
    assert run(f"{clone} && cd y && Y_SKIP_CUDA_BUILD=TRUE python setup.py install").asks == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat r.txt | xargs -n 1 pip install", [("torch==2.7", True)]),
        ("xargs pip install < r.txt", [("torch==2.7", True)]),
        ("grep -vE '^\\s*(#|$)' r.txt | xargs pip install", [("torch==2.7", True)]),
        ("cat r.txt | grep -v torch | xargs pip install", [("torch==2.7", None)]),
        ("sed s/a/b/ r.txt | xargs pip install", [("torch==2.7", None)]),
        ("echo a 'b>=1' | xargs pip install", [("a", True), ("b>=1", True)]),
        ("echo a | tee -a new.txt; pip install -r new.txt", [("a", True)]),
    ],
)
def test_words_that_xargs_adds(text: str, expected: list[tuple[str, bool | None]]) -> None:
    result = read(x_sh=text, r_txt="torch==2.7\n# why\n")
    assert [(str(ask), ask.applies) for ask in result.asks] == expected
    assert not result.unread


@pytest.mark.parametrize("source", ["find .", "cat a b", "curl x", "cat a | wc"])
def test_words_of_xargs_that_are_not_known_are_named(source: str) -> None:
    (one,) = read(x_sh=f"{source} | xargs pip install").unread
    assert one.reason == "`pip install` gets more words from `xargs`; these were not read."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pip install $(cat r.txt)", [("torch==2.7", True)]),
        ("pip install b `cat r.txt`", [("b", True), ("torch==2.7", True)]),
        ("pip install $(< r.txt)", [("torch==2.7", True)]),
        ("pip install $(cat r.txt | tr '\\n' ' ')", [("torch==2.7", True)]),
        ("pip install $(grep -v '^#' r.txt)", [("torch==2.7", True)]),
        ("pip install $(grep torch r.txt)", [("torch==2.7", None)]),
        ("pip install $(echo 'a==1' b)", [("a==1", True), ("b", True)]),
        ("pip install -r <(cat r.txt)", [("torch==2.7", True)]),
        ("pip install -c <(sed s/a/b/ r.txt) a", [("torch==2.7", None), ("a", None)]),
        ("bash -c 'pip install $(cat r.txt)'", [("torch==2.7", True)]),
        ("cat r.txt | pip install $(echo x | cat) -r /dev/stdin", [("x", True), ("torch==2.7", True)]),
        ("pip install -r /dev/stdin < r.txt", [("torch==2.7", True)]),
        ("uv pip install -r - <<EOF\na==1\n# why\nb\nEOF", [("a==1", True), ("b", True)]),
        ("printf 'a==1\\nb\\n' | uv pip install -r -", [("a==1", True), ("b", True)]),
        ("xargs -a r.txt pip install", [("torch==2.7", True)]),
        ("xargs --arg-file=r.txt pip install", [("torch==2.7", True)]),
    ],
)
def test_what_other_commands_write_for_an_installer(text: str, expected: list[tuple[str, bool | None]]) -> None:
    result = read(x_sh=text, r_txt="torch==2.7\n# why\n")
    assert [(str(ask), ask.applies) for ask in result.asks] == expected


def test_what_other_commands_write_has_its_place() -> None:
    result = read(x_sh="bash -c 'pip install $(echo a==1)'\nuv pip install -r - <<EOF\nb\nEOF\n")
    assert asked(result.asks) == ["x.sh:1:29-33 a==1", "x.sh:3:1-2 b"]


def test_what_is_echoed_with_a_variable_is_not_known() -> None:
    assert reasons(run("echo a $B | xargs pip install")) == [
        f"`{word}` depends on B, which is not known here." for word in ("a", "${B}")
    ]


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("uv sync --frozen", "pyproject.toml, uv.lock"),
        ("uv run pytest", "pyproject.toml, uv.lock"),
        ("poetry install --no-root", "pyproject.toml, poetry.lock"),
        ("python -m poetry sync", "pyproject.toml, poetry.lock"),
        ("pdm sync", "pyproject.toml, pdm.lock"),
        ("pipenv install --deploy", "Pipfile, Pipfile.lock"),
        ("pipenv sync", "Pipfile, Pipfile.lock"),
        ("pixi install", "pixi.toml, pixi.lock"),
        ("rye sync", "pyproject.toml, requirements.lock"),
        ("hatch run test:cov", "pyproject.toml, hatch.toml"),
        ("hatch env create", "pyproject.toml, hatch.toml"),
        ("conda-lock install -n x", "conda-lock.yml"),
    ],
)
def test_what_brings_the_project_is_named_once(command: str, files: str) -> None:
    result = run(f"{command}\n{command}")
    tool, verb = [word for word in command.split() if word not in ("python", "-m")][:2]
    said = f"What `{tool} {verb}` installs stands in the project's own files ({files}); it was not read here."
    assert (names(result), [(one.severity, one.reason) for one in result.unread]) == ([], [("note", said)])


@pytest.mark.parametrize("command", ["uv run --no-project x.py", "uv sync --dry-run", "cd hatch; ls run", "uv lock"])
def test_what_brings_no_project(command: str) -> None:
    assert run(command).unread == ()


@pytest.mark.parametrize("command", ["uv run pip install a", "hatch run pip install a", "poetry run -- pip install a"])
def test_a_call_inside_a_projects_environment(command: str) -> None:
    assert (names(run(command)), reasons(run(command))) == (["a"], [])


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("pip-compile a.in && pip install -r a.txt", ["a>=1"]),
        ("uv pip compile a.in -o b.txt && uv pip sync b.txt", ["a>=1"]),
        ("pip-compile held.in && pip-sync held.txt", ["held"]),
    ],
)
def test_what_is_compiled_asks_for_what_its_source_asks_for(text: str, asks: list[str]) -> None:
    result = read("x.sh", x_sh=text, **{"a_in": "a>=1\n", "held_in": "held\n", "held_txt": "held==1\n"})
    assert (names(result), reasons(result)) == (asks, [])


def test_what_is_compiled_from_several_is_not_known() -> None:
    said = "The file `o.txt` is written by `pip-compile` before, and what is in it is not known here; it was not read."
    assert reasons(run("pip-compile a.in b.in -o o.txt && pip install -r o.txt", a_in="a\n", b_in="b\n")) == [said]


def test_options_in_a_file_that_the_commands_write() -> None:
    text = """\
cat > r/new.txt <<END
--extra-index-url https://download.pytorch.org/whl/cu130
torch==2.7  # why
-r more.txt
-c limits.txt
-e git+https://h/x#egg=y
numpy==${V}
--no-such
-r new.txt
END
pip install -r r/new.txt
"""
    result = read(x_sh=text, r__more_txt="b\n", r__limits_txt="c<2\n")
    assert [(str(ask), ask.constraint) for ask in result.asks] == [
        ("torch==2.7", False),
        ("b", False),
        ("c<2", True),
        ("y @ git+https://h/x#egg=y", False),
    ]
    assert result.asks[0].indexes is not None
    assert result.asks[0].indexes.names == ("pypi", "cu130")
    assert [(one.location.line, one.reason) for one in result.unread] == [
        (8, "pip refuses the whole file because of `--no-such`: no such option: --no-such."),
        (7, "`numpy==${V}` depends on the variable V, whose value is not known."),
    ]


def test_options_in_a_file_that_a_dockerfile_holds() -> None:
    text = "FROM x\nCOPY <<EOF /r.txt\n--index-url https://download.pytorch.org/whl/cu130\ntorch\n-r /no.txt\nEOF\n"
    result = read(Dockerfile=f"{text}RUN pip install -r /r.txt\n")
    assert [ask.indexes.names if ask.indexes else () for ask in result.asks] == [("cu130",)]
    (one,) = result.unread
    assert one.reason == "The file `/no.txt` is not in the project at `no.txt`; it was not read."


@pytest.mark.parametrize(
    ("text", "asks", "reason"),
    [
        ("pip install --constraints f a", ["a"], "pip has no option `--constraints`, or several that begin so"),
        ("rye add a", ["a"], ""),
        ("easy_install a", [], "`easy_install` takes no wheels"),
    ],
)
def test_spellings_of_other_tools(text: str, asks: list[str], reason: str) -> None:
    result = read(x_sh=text, f=b"c<1\n")
    assert [str(ask) for ask in result.asks] == asks
    assert [one.reason[: len(reason)] for one in result.unread] == ([reason] if reason else [])
