"""Project files that repeat one element: the name of the file, and its text for a number of elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Text = tuple[str, "Callable[[int], str]"]


def each(element: str, before: str = "", after: str = "", between: str = "\n") -> Callable[[int], str]:
    """A text in which an element stands again and again; `%d` in it is its number."""

    def made(count: int) -> str:
        numbered = (element.replace("%d", str(number)) for number in range(count))
        return before + between.join(numbered) + after

    return made


def _packages(lines: Iterable[str]) -> str:
    return "\n[[package]]\n" + "\n".join(lines) + "\n"


def _uv_versions(count: int) -> str:
    """A project with an edge to each of many versions of one name, as many forks give it."""
    edges = "".join(
        f'{{ name = "a", version = "{n}", marker = "python_version >= \'3.{n}\'" }},\n' for n in range(count)
    )
    root = ['name = "p"', 'version = "0"', 'source = { editable = "." }', f"dependencies = [\n{edges}]"]
    source = 'source = { registry = "https://h.example/simple" }'
    entries = (_packages(['name = "a"', f'version = "{n}"', source]) for n in range(count))
    return "version = 1\n" + _packages(root) + "".join(entries)


def _uv_chain(count: int) -> str:
    source = 'source = { registry = "https://h.example/simple" }'
    root = _packages(['name = "p"', 'version = "0"', 'source = { editable = "." }', 'dependencies = [{ name = "a0" }]'])
    entries = (
        _packages([f'name = "a{n}"', 'version = "1"', source, f'dependencies = [{{ name = "a{n + 1}" }}]'])
        for n in range(count)
    )
    return "version = 1\n" + root + "".join(entries)


def _poetry_versions(count: int) -> str:
    """An old lock with an edge to each of many versions of one name."""
    edges = ",".join(f'{{version = "{n}", markers = "python_version >= \'3.{n}\'"}}' for n in range(count))
    entries = (_packages(['name = "a"', f'version = "{n}"']) for n in range(count))
    root = _packages(['name = "p"', 'version = "1"', "[package.dependencies]", f"a = [{edges}]"])
    return root + "".join(entries) + '\n[metadata]\nlock-version = "1.1"\n'


WORKFLOW = "jobs:\n  j:\n    runs-on: ubuntu-24.04-arm\n    steps:\n"
DEVELOPER = '{"image": "nvidia/cuda:12.4.0-base", "postCreateCommand": '
PYLOCK = 'lock-version = "1.0"\ncreated-by = "x"\n'

TEXTS: dict[str, Text] = {
    "requirements": ("requirements.txt", each("name%d==1.%d")),
    "requirements of one name": ("requirements.txt", each("torch>=%d")),
    "requirements on a line that goes on": ("requirements.txt", each("a%d \\")),
    "hashes of a requirement": ("requirements.txt", each("--hash=sha256:%d", "a==1 ", between=" ")),
    "markers of requirements": ("requirements.txt", each("a%d; python_version >= '3.%d' and os_name == 'posix'")),
    "parts of a marker": ("requirements.txt", each("python_version != '3.%d'", "a; ", between=" or ")),
    "brackets of a marker": ("requirements.txt", lambda n: f"a; {'(' * n}os_name == 'a'{')' * n}"),
    "extras of a requirement": ("requirements.txt", each("x%d", "a[", "]", ",")),
    "clauses of a specifier": ("requirements.txt", each("!=1.%d", "torch", between=",")),
    "digits of a version": ("requirements.txt", each("1", "torch==", between="")),
    "parts of a version": ("requirements.txt", each("1", "torch==", between=".")),
    "comments": ("requirements.txt", each("# comment %d")),
    "ignores": ("requirements.txt", each("torch==2.%d  # stackcheck: ignore[torch/x%d] why")),
    "index options": ("requirements.txt", each("--extra-index-url https://h%d.org/simple", after="\na")),
    "files that are included": ("requirements.txt", each("-r more.txt")),
    "editables": ("requirements.txt", each("-e git+https://h/x%d#egg=a%d")),
    "addresses": ("requirements.txt", each("a%d @ https://h/a%d-1.0-py3-none-any.whl")),
    "lines that are none": ("requirements.txt", each("? %d")),
    "variables of pip": ("requirements.txt", each("a%d==${A%d}")),
    "invisible line ends": ("requirements.txt", each("a%d\x0bb")),
    "dependencies": ("pyproject.toml", each('"a%d>=1",', "[project]\nname='p'\ndependencies=[\n", "]\n")),
    "extras of a project": (
        "pyproject.toml",
        each('x%d = ["a%d"]', "[project]\nname='p'\n[project.optional-dependencies]\n"),
    ),
    "groups that include each other": (
        "pyproject.toml",
        each('g%d = ["a%d", {include-group = "g0"}]', "[dependency-groups]\nz = ['a']\n"),
    ),
    "a chain of groups": (
        "pyproject.toml",
        lambda n: "[dependency-groups]\n" + "\n".join(f'g{i} = [{{include-group = "g{i + 1}"}}]' for i in range(n)),
    ),
    "sources of uv": (
        "pyproject.toml",
        each("a%d = { index = 'i%d' }", "[project]\nname='p'\ndependencies=['a1']\n[tool.uv.sources]\n"),
    ),
    "indexes of uv": (
        "pyproject.toml",
        each(
            "[[tool.uv.index]]\nname = 'i%d'\nurl = 'https://h%d.org/simple'",
            "[project]\nname='p'\ndependencies=['a']\n",
        ),
    ),
    "overrides of uv": (
        "pyproject.toml",
        each("'a%d<2',", "[project]\nname='p'\ndependencies=['a1']\n[tool.uv]\noverride-dependencies=[", "]\n"),
    ),
    "dependencies of Poetry": (
        "pyproject.toml",
        each("a%d = '^1.%d'", "[tool.poetry]\nname='p'\n[tool.poetry.dependencies]\n"),
    ),
    "dotted keys": ("pyproject.toml", each("tool.x.k%d.a = 1")),
    "entries that are no texts": ("pyproject.toml", each("%d,", "[project]\nname='p'\ndependencies=[", "]\n")),
    "features of pixi": (
        "pixi.toml",
        each("[feature.f%d.pypi-dependencies]\na%d = '*'", "[workspace]\nname='p'\nplatforms=['linux-aarch64']\n"),
    ),
    "packages of Pipfile": ("Pipfile", each("a%d = '*'", "[packages]\n")),
    "packages of Pipfile.lock": ("Pipfile.lock", each('"a%d": {"version": "==1.%d"}', '{"default": {', "}}", ",")),
    "RUN": ("Dockerfile", each("RUN pip install a%d", "FROM x\n")),
    "commands of a RUN": ("Dockerfile", each("pip install a%d", "FROM x\nRUN ", between=" \\\n && ")),
    "words of a RUN": ("Dockerfile", each("a%d", "FROM x\nRUN pip install ", between=" ")),
    "stages": ("Dockerfile", each("FROM x AS s%d\nRUN pip install a%d")),
    "a chain of stages": (
        "Dockerfile",
        lambda n: "FROM x AS s0\n" + "\n".join(f"FROM s{i} AS s{i + 1}\nENV A{i}=1" for i in range(n)),
    ),
    "stages that copy": (
        "Dockerfile",
        lambda n: "FROM x AS s0\n" + "\n".join(f"FROM x AS s{i + 1}\nCOPY --from=s{i} /a /a" for i in range(n)),
    ),
    "ENV": ("Dockerfile", each("ENV A%d=1", "FROM x\n", "\nRUN pip install a")),
    "ENV that doubles": ("Dockerfile", each("ENV A=$A$A", "FROM x\nENV A=1\n", "\nRUN pip install a$A")),
    "ENV that grows": ("Dockerfile", each("ENV A=$A:%d", "FROM x\nENV A=1\n", "\nRUN pip install a")),
    "ARG": ("Dockerfile", each("ARG A%d=1", after="\nFROM x$A1\nRUN pip install a")),
    "commands that get ENV": (
        "Dockerfile",
        lambda n: "FROM x\n" + "\n".join(f"ENV A{i}=1\nRUN pip install a{i}" for i in range(n)),
    ),
    "here-documents": ("Dockerfile", each("RUN <<E\npip install a%d\nE", "FROM x\n")),
    "files that a Dockerfile holds": (
        "Dockerfile",
        each("COPY <<E /r%d.txt\na%d\nE\nRUN pip install -r /r%d.txt", "FROM x\n"),
    ),
    "COPY": ("Dockerfile", each("COPY f%d.txt /d/\nRUN pip install -r /d/f%d.txt", "FROM x\n")),
    "WORKDIR": ("Dockerfile", each("WORKDIR d%d", "FROM x\n", "\nRUN pip install a")),
    "lines of a RUN that go on": ("Dockerfile", each("# why\n a%d \\", "FROM x\nRUN pip install \\\n", "\n b")),
    "commands": ("x.sh", each("pip install a%d")),
    "one command again and again": ("x.sh", each("pip install a")),
    "pins of one name": ("x.sh", each("pip install a==1.%d")),
    "commands of uv": ("x.sh", each("uv pip install a%d --torch-backend cu130")),
    "commands that are not read": ("x.sh", each("pip install $X%d")),
    "variables": ("x.sh", each("A%d=1\npip install a$A%d")),
    "variables that double": ("x.sh", each("A=$A$A", "A=1\n", "\npip install a$A")),
    "variables that grow": ("x.sh", each("A+=1", "A=1\n", "\npip install a$A")),
    "long values": (
        "x.sh",
        lambda n: f"A={'x' * 1000}\n" + "\n".join(f"B{i}=y$A" for i in range(n)) + "\npip install a$B1",
    ),
    "defaults in defaults": ("x.sh", lambda n: f"pip install a{'${A:-' * n}1{'}' * n}"),
    "arrays that grow": ("x.sh", each("A+=(a%d)", "A=()\n", '\npip install "${A[@]}"')),
    "elements of an array": ("x.sh", each("a%d", "A=(", ')\npip install "${A[@]}"', " ")),
    "functions": ("x.sh", each("f%d() { pip install a%d; }\nf%d")),
    "calls of a function": ("x.sh", each("f a%d", 'f() { pip install "$1"; }\n')),
    "functions that call two": (
        "x.sh",
        lambda n: (
            "\n".join(f"f{i}() {{ f{i + 1}; f{i + 1}; }}" for i in range(n)) + f"\nf{n}() {{ pip install a; }}\nf0\n"
        ),
    ),
    "words of a loop": ("x.sh", each("a%d", "for a in ", "; do pip install $a; done", " ")),
    "loops in loops": (
        "x.sh",
        lambda n: "".join(f"for a{i} in 1 2; do " for i in range(n)) + "pip install a$a1" + "; done" * n,
    ),
    "branches": ("x.sh", each("if [ $A = %d ]; then pip install a%d; else B=1; fi")),
    "branches in branches": ("x.sh", lambda n: "if x; then " * n + "pip install a" + "; fi" * n),
    "branches for machines": ("x.sh", each('if [ "$(uname -m)" = x86_64 ]; then pip install a%d; fi')),
    "clauses of a case": ("x.sh", each("%d) pip install a%d ;;", "case $(uname -m) in\n", "\nesac")),
    "a list of commands": ("x.sh", each("pip install a%d", between=" && ")),
    "a pipe": ("x.sh", each("cat f%d", between=" | ", after=" | xargs pip install")),
    "substitutions in substitutions": ("x.sh", lambda n: f"pip install {'$(echo ' * n}a{')' * n}"),
    "brackets": ("x.sh", lambda n: "(" * n + "pip install a" + ")" * n),
    "lines of a here-document": ("x.sh", each("a%d==1", "cat > r.txt <<E\n", "\nE\npip install -r r.txt")),
    "files that are written": ("x.sh", each("echo a%d >> r.txt", after="\npip install -r r.txt")),
    "files that are written and read": ("x.sh", each("echo a%d >> r.txt\npip install -r r.txt")),
    "edits of a file": ("x.sh", each("sed -i /a%d/d r.txt", "echo a > r.txt\n", "\npip install -r r.txt")),
    "folders": ("x.sh", each("cd d%d", after="\npip install -r r.txt")),
    "texts for a shell": ("x.sh", each("bash -c 'pip install a%d'")),
    "aliases": ("x.sh", each("alias a%d='pip install'\na%d b")),
    "stand-ins": ("x.sh", each("P%d=pip\n$P%d install a%d")),
    "quotes that do not end": ("x.sh", each('pip install "a%d')),
    "packages of conda": ("x.sh", each("conda install a%d")),
    "packages of apt": ("x.sh", each("apt-get install a%d")),
    "downloads": ("x.sh", each("wget https://h/x%d-x86_64.tgz")),
    "jobs": (
        ".github/workflows/x.yml",
        each("  j%d:\n    runs-on: ubuntu-24.04-arm\n    steps:\n    - run: pip install a%d", "jobs:\n"),
    ),
    "steps": (".github/workflows/x.yml", each("    - run: pip install a%d", WORKFLOW)),
    "variables of a workflow": (
        ".github/workflows/x.yml",
        each("  A%d: b", "env:\n", f"\n{WORKFLOW}    - run: pip install a"),
    ),
    "values of a matrix": (
        ".github/workflows/x.yml",
        each(
            "r%d",
            "jobs:\n  j:\n    strategy:\n      matrix:\n        r: [",
            "]\n    runs-on: ${{ matrix.r }}\n    steps: []\n",
            ",",
        ),
    ),
    "aliases of YAML": (
        ".github/workflows/x.yml",
        each("- *a", f"x: &a [1]\n{WORKFLOW}    - run: pip install a\ny:\n"),
    ),
    "services": ("compose.yml", each("  s%d:\n    image: x\n    command: pip install a%d", "services:\n")),
    "merges of YAML": (
        "compose.yml",
        lambda n: "x: &a {image: x}\nservices:\n" + "\n".join(f"  s{i}:\n    <<: *a" for i in range(n)),
    ),
    "packages of an environment.yml": ("environment.yml", each("- a%d", "dependencies:\n")),
    "pip's packages of an environment.yml": ("environment.yml", each("  - a%d", "dependencies:\n- pip:\n")),
    "commands of devcontainer.json": (
        "devcontainer.json",
        each('"c%d": "pip install a%d"', DEVELOPER + "{", "}}", ","),
    ),
    "quotes of devcontainer.json": ("devcontainer.json", lambda n: '"\\' * n),
    "comments of devcontainer.json": ("devcontainer.json", each("/* %d", DEVELOPER + '"a"')),
    "packages of uv.lock": ("uv.lock", _uv_chain),
    "versions of one name in uv.lock": ("uv.lock", _uv_versions),
    "wheels in uv.lock": (
        "uv.lock",
        each(
            '{ url = "https://h/a-1-py3-none-any%d.whl" },',
            'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { editable = "." }\nwheels = [\n',
            "]\n",
        ),
    ),
    "conflicts of uv.lock": (
        "uv.lock",
        each('{ package = "p", extra = "x%d" },', "version = 1\nconflicts = [[\n", ']]\n[[package]]\nname = "p"\n'),
    ),
    "packages of pylock.toml": ("pylock.toml", each('[[packages]]\nname = "a%d"\nversion = "1"', PYLOCK)),
    "packages of poetry.lock": (
        "poetry.lock",
        each(
            '[[package]]\nname = "a%d"\nversion = "1"\ngroups = ["main"]\nmarkers = "os_name == \'%d\'"',
            after='\n[metadata]\nlock-version = "2.1"\n',
        ),
    ),
    "versions of one name in poetry.lock": ("poetry.lock", _poetry_versions),
    "packages of pdm.lock": ("pdm.lock", each('[[package]]\nname = "a%d"\nversion = "1"\ngroups = ["default"]')),
    "packages of pixi.lock": (
        "pixi.lock",
        each(
            "      - pypi: https://h/a%d-1-py3-none-any.whl",
            "version: 6\nenvironments:\n  default:\n    packages:\n      linux-aarch64:\n",
        ),
    ),
    "install_requires": (
        "setup.py",
        each("'a%d',", "from setuptools import setup\nsetup(install_requires=[\n", "])\n"),
    ),
    "setup.cfg": ("setup.cfg", each("  a%d", "[options]\ninstall_requires =\n")),
    "names in setup.py": (
        "setup.py",
        each("A%d = ['a%d']", after="\nfrom setuptools import setup\nsetup(install_requires=A0)\n"),
    ),
    "package.xml": ("package.xml", each("<exec_depend>a%d</exec_depend>", "<package format='3'>", "</package>")),
    "a script's header": ("script.py", each('#   "a%d",', "# /// script\n# dependencies = [\n", "\n# ]\n# ///\n")),
    "pip.toml of Isaac Sim": ("pip.toml", each("'a%d==1',", "[[dependency]]\npackages = [\n", "]\n")),
    "extension.toml of Kit": ("extension.toml", each("'a%d',", "[python.pipapi]\nrequirements = [\n", "]\n")),
    "pip.conf": ("pip.conf", each("https://h%d.org/simple", "[global]\nextra-index-url =\n  ", between="\n  ")),
}
"""What stands again and again → the file and its text."""
