"""The files for CI: each meets the schema of its service, its scripts do what they say, its commands are real."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import tomli
from typer.main import get_command

from stackcheck.cli.app import app
from stackcheck.read import READERS, reader_of
from stackcheck.session.discover import project_files
from tests.cli.command import EXAMPLES, ROOT, stackcheck
from tests.pages import PAGES

if TYPE_CHECKING:
    from pathlib import Path

    from stackcheck.read import Reader

yaml = pytest.importorskip("yaml", reason="PyYAML comes with pre-commit, which is not here")

CI = EXAMPLES / "ci"
SCHEMAS = [
    ("action.yml", "vendor.github-actions"),
    (".github/workflows/ci.yml", "vendor.github-workflows"),
    (".github/workflows/records.yml", "vendor.github-workflows"),
    ("examples/ci/private-index.yml", "vendor.github-workflows"),
    ("examples/ci/github.yml", "vendor.github-workflows"),
    ("examples/ci/aarch64.yml", "vendor.github-workflows"),
    ("examples/ci/aarch64-image.yml", "vendor.github-workflows"),
    ("examples/ci/pages.yml", "vendor.github-workflows"),
    ("examples/ci/gitlab.yml", "vendor.gitlab-ci"),
]
GH = """\
#!{python}
import json, pathlib, sys
words = [pathlib.Path(word[6:]).read_text() if word.startswith("body=@") else word for word in sys.argv[1:]]
with open("calls", "a") as file:
    file.write(json.dumps(words) + "\\n")
if "--paginate" in words:
    sys.stdout.write(pathlib.Path("answer").read_text())
sys.exit({code})
"""
"""A stand-in for GitHub's command line: it writes down the words of each call, a body in the place of its file."""
HOOKS = ROOT / ".pre-commit-hooks.yaml"
CORPUS = ROOT.parent / "shared" / "corpus"
LOOKED_INTO = (
    *("pyproject.toml", "sub/setup.cfg", "setup.py", "Pipfile", "robot/pixi.toml"),
    *("uv.lock", "tools/run.py.lock", "pylock.toml", "pylock.spark.toml", "poetry.lock", "pdm.lock"),
    *("Pipfile.lock", "pixi.lock", "requirements.lock"),
    *(
        "requirements.txt",
        "sub/Requirements-dev.txt",
        "requirements/base.in",
        "dev_requirements/a.txt",
        "constraint.txt",
    ),
    *("jetson_constraints.in", "pip_freeze.txt", "overrides.txt", "reqs.txt", "docker/deps.txt", "requirement.txt"),
    *("environment.yml", "envs/conda-linux-aarch64.yaml", "env.yaml", "my_environment_cpu.yml", "conda-lock.yml"),
    *(
        "Dockerfile",
        "docker/Dockerfile.spark",
        "gpu.dockerfile",
        "Containerfile",
        "Dockerfile-2.5",
        "docker/orin_Dockerfile",
    ),
    *("compose.yaml", "docker-compose.dev.yml", ".devcontainer/devcontainer.json", ".devcontainer.json"),
    *("install.sh", "scripts/setup.bash", ".github/workflows/ci.yml", "action.yml", "tools/action.yaml"),
    *("package.xml", "exts/a/config/extension.toml", "deps/pip.toml", "deps/pip_torch.toml", "deps/pip-cu130.toml"),
)
"""Files that `lint` looks into in a folder, by their names."""
PASSED_BY = (
    *("README.md", "src/robot.py", "notes.txt", "CMakeLists.txt", "Cargo.lock", "yarn.lock", "pylock.a.b.toml"),
    *("requirements.md", "requirements.py", "mypyproject.toml", "Dockerfile.md", "Dockerfile.yml", "a.dockerignore"),
    *("dockerfiles/README", "mydockerfile", "values.yaml", ".github/dependabot.yml", "config.toml", "pipeline.toml"),
    *(
        "Pipfile.txt",
        "devcontainer.json.bak",
        "install.sh.in.old",
        "overriding.txt",
        "constraints.lock",
        "package.json",
    ),
)
"""Files of near names that it passes by."""
IGNORED = shutil.ignore_patterns(".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "*.egg-info", "tests")


@pytest.mark.parametrize(("path", "schema"), SCHEMAS, ids=[path for path, _ in SCHEMAS])
def test_schemas(path: str, schema: str) -> None:
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not in this environment")
    extra = ["--data-transform", "gitlab-ci"] if "gitlab" in schema else []
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *extra, str(ROOT / path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_every_file_for_ci_is_checked() -> None:
    checked = {path for path, _ in SCHEMAS} | {"examples/ci/Dockerfile"}
    own = {f".github/workflows/{path.name}" for path in (ROOT / ".github" / "workflows").iterdir()}
    assert {f"examples/ci/{path.name}" for path in CI.iterdir()} | own <= checked


def test_every_supported_python_is_tried_on_both_architectures() -> None:
    """Each Python of `requires-python` up to the newest that the workflow names, on x86_64 and on Arm."""
    job = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]["test"]
    matrix = job["strategy"]["matrix"]
    assert matrix["runner"] == ["ubuntu-24.04", "ubuntu-24.04-arm"]
    assert [int(version.removeprefix("3.")) for version in matrix["python"]] == list(range(10, 15))
    assert job["steps"][-1]["run"] == "bash .ci/run"


def commands(text: str) -> list[list[str]]:
    """The calls of stackcheck in a script, a workflow or a Dockerfile."""
    joined = text.replace("\\\n", " ")
    calls = re.findall(r"(?:^|[\s/\"])stackcheck ((?:[a-z]+ )?(?:[^\n#&|]|\|(?!\|))*)", joined)
    known = {
        "check",
        "lint",
        "preflight",
        "diagnose",
        "diff",
        "image",
        "env",
        "explain",
        "matrix",
        "targets",
        "init",
        "inspect",
    }
    return [words for call in calls if (words := shlex.split(call.partition(" > ")[0])) and words[0] in known]


def accepted(words: list[str]) -> bool:
    """Whether typer takes the words as a command with its options."""
    command: Any = get_command(app)
    with command.make_context("stackcheck", [*words], resilient_parsing=False) as context:
        name, found, rest = command.resolve_command(context, list(words))
        while hasattr(found, "commands"):
            name, found, rest = found.resolve_command(context, rest)
        found.make_context(name, list(rest), parent=context).close()
    return True


@pytest.mark.parametrize("path", sorted(CI.iterdir()), ids=lambda path: path.name)
def test_commands_are_real(path: Path) -> None:
    found = commands(path.read_text(encoding="utf-8"))
    assert found or path.name == "github.yml"
    for words in found:
        assert accepted(words), words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_commands_on_the_pages_are_real(page: Path) -> None:
    fences = re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    for words in commands("\n".join(fences)):
        assert accepted(words), words


class TestImage:
    """The image of stackcheck itself."""

    FILE = EXAMPLES / "docker" / "Dockerfile"

    def test_stackcheck_finds_nothing_in_it(self) -> None:
        found = stackcheck("lint", "--target", "dgx-spark", "--strict", "--format", "json", str(self.FILE))
        assert (found.code, found.findings("error"), found.findings("warning")) == (0, [], [])

    def test_it_copies_what_a_build_needs(self) -> None:
        lines = re.findall(r"^COPY (?!--from)(.+)$", self.FILE.read_text(encoding="utf-8"), re.MULTILINE)
        copied = {name for line in lines for name in line.split()[:-1]}
        project = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
        files = {"pyproject.toml", "hatch_build.py", "README.md", *project["project"]["license-files"]}
        assert copied == {*files, *wheel["packages"], *wheel["force-include"], "scripts"}
        assert [name for name in copied if not (ROOT / name).exists()] == []


class TestAction:
    """The scripts of the composite action, as its runner would call them."""

    def step(self, name: str) -> str:
        action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
        (found,) = [step["run"] for step in action["runs"]["steps"] if step["name"] == name]
        return str(found)

    def bash(self, step: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """A step as a runner runs it, with these variables alone."""
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self.step(step)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=folder,
            env=variables,
        )

    def run(self, folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
        """The checking step, with this checkout in the place of what the first step installs."""
        bin_ = folder / "temp" / "stackcheck" / "bin"
        bin_.mkdir(parents=True)
        (bin_ / "stackcheck").write_text(f'#!/bin/sh\nexec {sys.executable} -m stackcheck "$@"\n', encoding="utf-8")
        (bin_ / "stackcheck").chmod(0o755)
        stated = {"PATHS": ".", "TARGETS": "", "FAIL_ON": "error", "OPTIONS": "", "SARIF": "", **inputs}
        return self.bash(
            "Check",
            folder,
            PATH=os.environ["PATH"],
            PYTHONPATH=str(ROOT),
            RUNNER_TEMP=str(folder / "temp"),
            GITHUB_STEP_SUMMARY=str(folder / "summary.md"),
            **stated,
        )

    def test_a_broken_project(self, tmp_path: Path) -> None:
        (tmp_path / "requirements.txt").write_text("open3d==0.19.0\n", encoding="utf-8")
        done = self.run(tmp_path, TARGETS="dgx-spark jetson-thor", SARIF="out.sarif")
        assert done.returncode == 1
        assert done.stdout.count("::error file=") == 1
        assert "[dgx-spark, jetson-thor] Open3D 0.19.0 has no wheel" in done.stdout
        assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("### ❌ stackcheck: target dgx")
        assert len(json.loads((tmp_path / "out.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]) >= 1

    def test_a_project_that_is_fine(self, tmp_path: Path) -> None:
        (tmp_path / "a b").mkdir()
        (tmp_path / "requirements.txt").write_text("numpy\n", encoding="utf-8")
        done = self.run(tmp_path, PATHS="requirements.txt", TARGETS="dgx-spark", OPTIONS="--fact python=3.12")
        assert (done.returncode, done.stdout.count("::error")) == (0, 0)
        assert not (tmp_path / "out.sarif").exists()

    def test_an_input_is_no_script(self, tmp_path: Path) -> None:
        (tmp_path / "requirements.txt").write_text("numpy\n", encoding="utf-8")
        done = self.run(tmp_path, TARGETS="$(touch pwned) ;touch pwned")
        assert done.returncode == 2
        assert not (tmp_path / "pwned").exists()

    def comment(self, folder: Path, report: str, *, comments: str = "", fails: bool = False) -> list[list[str]]:
        """The commenting step on a report, with a `gh` that answers the first call with the ids of `comments`; the
        words of its calls."""
        for name, text in {"stackcheck.md": report, "answer": comments, "calls": ""}.items():
            (folder / name).write_text(text, encoding="utf-8")
        (folder / "gh").write_text(GH.format(python=sys.executable, code=int(fails)), encoding="utf-8")
        (folder / "gh").chmod(0o755)
        done = self.bash(
            "Comment",
            folder,
            PATH=f"{folder}:{os.environ['PATH']}",
            RUNNER_TEMP=str(folder),
            GITHUB_REPOSITORY="example/robot",
            PULL="7",
            GH_TOKEN="secret",  # noqa: S106 - of nobody
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert ("::notice::stackcheck could not comment" in done.stdout) == fails
        return [json.loads(line) for line in (folder / "calls").read_text(encoding="utf-8").splitlines()]

    def test_a_comment_is_made_once_and_then_written_anew(self, tmp_path: Path) -> None:
        listed = ["api", "--paginate", "repos/example/robot/issues/7/comments", "--jq"]
        first = self.comment(tmp_path, "### ❌ stackcheck: target dgx-spark\n\n1 error\n")
        assert [call[:4] for call in first] == [listed, ["api", "--method", "POST", listed[2]]]
        assert first[1][5] == "<!-- stackcheck -->\n### ❌ stackcheck: target dgx-spark\n\n1 error\n"
        again = self.comment(tmp_path, "### ✅ stackcheck: target dgx-spark\n", comments="41\n52\n")
        assert again[1][:4] == ["api", "--method", "PATCH", "repos/example/robot/issues/comments/41"]
        assert again[1][5] == "<!-- stackcheck -->\n### ✅ stackcheck: target dgx-spark\n"

    def test_nothing_is_said_where_nothing_is_wrong(self, tmp_path: Path) -> None:
        assert len(self.comment(tmp_path, "### ✅ stackcheck: target dgx-spark\n")) == 1
        assert self.comment(tmp_path, "") == []

    def test_a_long_report_is_cut_between_characters(self, tmp_path: Path) -> None:
        body = self.comment(tmp_path, "### ❌ " + "é" * 40_000)[1][5]
        assert body.endswith("é\n\nThe rest is in the summary of the job.\n")
        assert 30_000 < len(body) < 65_536

    def test_without_the_right_to_comment_the_job_goes_on(self, tmp_path: Path) -> None:
        assert len(self.comment(tmp_path, "### ❌ stackcheck\n", fails=True)) == 1

    def test_every_input_reaches_the_script(self) -> None:
        text = (ROOT / "action.yml").read_text(encoding="utf-8")
        for name in yaml.safe_load(text)["inputs"]:
            assert re.search(rf"\binputs\.{name}\b", text)
        assert "${{" not in self.step("Check") + self.step("Comment")


class TestPreCommit:
    def test_the_hooks_meet_pre_commits_own_schema(self) -> None:
        pytest.importorskip("pre_commit", reason="pre-commit is not in this environment")
        command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout

    @pytest.mark.parametrize("hook", ["stackcheck", "stackcheck-fix"])
    def test_they_are_for_the_files_that_lint_looks_into(self, hook: str, tmp_path: Path) -> None:
        """Of a tree with a file of each sort, and of such as are near."""
        for name in (*LOOKED_INTO, *PASSED_BY):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        found = {os.path.relpath(path, tmp_path) for path in project_files(str(tmp_path))}
        assert found == set(LOOKED_INTO)
        assert {name for name in (*LOOKED_INTO, *PASSED_BY) if re.search(files_of(hook), name)} == found

    @pytest.mark.parametrize("reader", [reader for reader in READERS if "PEP 723" not in reader.title])
    def test_they_are_for_every_reader(self, reader: Reader) -> None:
        names = [name.rpartition("/")[2] for name in LOOKED_INTO]
        assert any(reader_of(name) is reader for name in names), f"LOOKED_INTO has no file for {reader.title}"

    def test_they_are_for_the_same_files_of_real_projects(self) -> None:
        if not CORPUS.is_dir():
            pytest.skip("the projects beside this checkout are not here")
        names = [path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*") if path.is_file()]
        matched = {name for name in names if re.search(files_of("stackcheck"), name)}
        found = {os.path.relpath(path, CORPUS) for path in project_files(str(CORPUS))}
        assert len(found) > 80
        assert {name for name in matched ^ found if not name.endswith(".py")} == set()

    @pytest.mark.slow
    def test_with_the_real_pre_commit(self, tmp_path: Path) -> None:
        """It installs this checkout from a repository and runs the hook on a commit."""
        pytest.importorskip("pre_commit", reason="pre-commit is not in this environment")
        hooks, project = tmp_path / "hooks", tmp_path / "project"
        shutil.copytree(ROOT, hooks, ignore=IGNORED)
        project.mkdir()
        (project / "requirements.txt").write_text("torch>=2.5\nopen3d==0.19.0\n", encoding="utf-8")
        (project / "pyproject.toml").write_text('[tool.stackcheck]\ntargets = ["dgx-spark"]\n', encoding="utf-8")
        for folder in (hooks, project):
            git(folder, "init", "-q")
            git(folder, "add", "-A")
            git(folder, "commit", "-q", "-m", "all")
        outcome = tried(project, hooks, "stackcheck")
        assert outcome.returncode == 1
        assert "requirements.txt:2: Open3D 0.19.0 has no wheel" in outcome.stdout
        repaired = tried(project, hooks, "stackcheck-fix")
        assert "files were modified by this hook" in repaired.stdout
        assert (project / "requirements.txt").read_text(encoding="utf-8") == "torch>=2.11.0\nopen3d==0.19.0\n"


def files_of(hook: str) -> str:
    """The pattern of a hook, which pre-commit searches in each path from the root of the repository."""
    hooks = {found["id"]: found for found in yaml.safe_load(HOOKS.read_text(encoding="utf-8"))}
    return str(hooks[hook]["files"])


def git(folder: Path, *args: str) -> None:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True)


def tried(project: Path, hooks: Path, name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), name, "--all-files", "--verbose"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
        env={**os.environ, "PRE_COMMIT_HOME": str(project.parent / "cache"), "NO_COLOR": "1"},
    )
