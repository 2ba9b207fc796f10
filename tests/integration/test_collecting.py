"""examples/fleet: what brings stackcheck.pyz to machines, runs it there and takes its document away."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import venv
from typing import TYPE_CHECKING, Any

import pytest

from stackcheck.read.environment import parse_environment
from tests.cli.command import EXAMPLES, ROOT, stackcheck

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

yaml = pytest.importorskip("yaml")

FLEET = EXAMPLES / "fleet"
UNITS = FLEET / "systemd"
MANIFEST = FLEET / "kubernetes" / "collect.yaml"
ROLE = FLEET / "ansible" / "roles" / "stackcheck_collect"


@pytest.fixture(scope="module")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """stackcheck.pyz of this checkout."""
    out = tmp_path_factory.mktemp("made") / "stackcheck.pyz"
    subprocess.run([sys.executable, str(ROOT / "scripts" / "make_pyz.py"), str(out)], check=True, capture_output=True)
    return out


def labels(text: str) -> dict[str, str]:
    """The labels of an environment document, which a reader takes."""
    return dict(parse_environment(text, "a document", "json").labels)


class TestOption:
    def test_a_document_names_its_machine_only_where_it_is_asked_to(self) -> None:
        plain = stackcheck("env", "--format", "json")
        assert "labels" not in plain.report
        assert os.uname().nodename not in re.findall(r"[\w.-]+", plain.out)
        named = stackcheck("env", "--format", "json", "--label", "site=lab", "--label", "host=spark-07")
        assert labels(named.out) == {"site": "lab", "host": "spark-07"}

    def test_they_stand_in_the_text_and_go_with_a_target(self) -> None:
        assert stackcheck("env", "--target", "dgx-spark", "--label", "site=lab").out.startswith("Labels\n  site  lab\n")

    def test_a_wrong_one_is_a_line(self) -> None:
        done = stackcheck("env", "--label", "site", "--format", "json")
        text = "--label: 'site' states no label; write NAME=VALUE, such as site=lab"
        assert (done.code, done.out, done.err) == (2, "", f"stackcheck: {text}\n")


class TestSystemd:
    def unit(self, name: str) -> dict[str, str]:
        lines = (UNITS / name).read_text(encoding="utf-8").splitlines()
        return dict(line.partition("=")[::2] for line in lines if "=" in line and not line.startswith("#"))

    def test_what_it_runs(self, pyz: Path, tmp_path: Path) -> None:
        unit = self.unit("stackcheck-collect.service")
        words = shlex.split(unit["ExecStart"])
        places = {"/usr/bin/python3": sys.executable, "/opt/stackcheck/stackcheck.pyz": str(pyz)}
        words = [places.get(word, word).replace(f"/var/lib/{unit['StateDirectory']}", str(tmp_path)) for word in words]
        subprocess.run([*words, "--label=site=lab"], check=True, capture_output=True)
        assert [path.name for path in tmp_path.iterdir()] == ["environment.json"]
        assert labels((tmp_path / "environment.json").read_text(encoding="utf-8")) == {"site": "lab"}

    def test_systemd_takes_them(self, tmp_path: Path) -> None:
        program = shutil.which("systemd-analyze")
        if program is None:
            pytest.skip("systemd-analyze is not here")
        copies = [shutil.copy(path, tmp_path) for path in sorted(UNITS.iterdir())]
        assert [path.rpartition(".")[2] for path in copies] == ["service", "timer"]
        done = subprocess.run([program, "verify", *copies], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        (tmp_path / "wrong.service").write_text("[Service]\nExecStart=relative\n", encoding="utf-8")
        wrong = [program, "verify", str(tmp_path / "wrong.service")]
        assert subprocess.run(wrong, capture_output=True, check=False).returncode != 0


class TestKubernetes:
    def pod(self) -> dict[str, Any]:
        documents = list(yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")))
        assert [document["kind"] for document in documents] == ["Namespace", "DaemonSet"]
        pod: dict[str, Any] = documents[1]["spec"]["template"]["spec"]
        return pod

    def test_the_log_of_its_first_container_is_a_document(self, pyz: Path, tmp_path: Path) -> None:
        """Its script with this Python, and a `chroot` that stays where it is."""
        (tmp_path / "chroot").write_text(f'#!/bin/sh\nshift 2\nexec {sys.executable} "$@"\n', encoding="utf-8")
        (tmp_path / "chroot").chmod(0o755)
        (collect,) = self.pod()["initContainers"]
        script, *rest = collect["args"]
        assert "/opt/stackcheck/stackcheck.pyz" in script
        done = subprocess.run(
            [*collect["command"], script.replace("/opt/stackcheck/stackcheck.pyz", shlex.quote(str(pyz))), *rest],
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        )
        assert done.stderr == ""
        assert labels(done.stdout) == {"cluster": "robots"}

    @pytest.mark.network
    def test_kubernetes_takes_it(self, tmp_path: Path) -> None:
        """By the schemas that kubernetes-validate holds, unknown fields refused."""
        venv.create(tmp_path, with_pip=True)
        subprocess.run(
            [tmp_path / "bin" / "pip", "install", "-q", "kubernetes-validate"], check=True, capture_output=True
        )
        call = [tmp_path / "bin" / "kubernetes-validate", "--strict"]
        done = subprocess.run([*call, MANIFEST], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        wrong = tmp_path / "wrong.yaml"
        wrong.write_text(MANIFEST.read_text(encoding="utf-8").replace("hostPath:", "hostpath:"), encoding="utf-8")
        assert subprocess.run([*call, wrong], capture_output=True, check=False).returncode != 0

    def test_a_node_is_only_read(self) -> None:
        pod = self.pod()
        assert [mount["readOnly"] for mount in pod["initContainers"][0]["volumeMounts"]] == [True]
        assert "privileged" not in pod["containers"][0]["securityContext"]
        assert pod["automountServiceAccountToken"] is False


class TestAnsible:
    def test_what_can_be_set_is_described(self) -> None:
        defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))
        specs = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        options = specs["argument_specs"]["main"]["options"]
        assert list(options) == list(defaults)
        tasks = (ROLE / "tasks" / "main.yml").read_text(encoding="utf-8")
        assert [name for name in defaults if name not in tasks] == []

    @pytest.mark.network
    def test_documents_come_back_and_nothing_is_left(self, pyz: Path, tmp_path: Path) -> None:
        """Three made-up hosts over a local connection, one of which has no Python that could run it."""
        play = shutil.copytree(FLEET / "ansible", tmp_path / "play")
        shutil.copy(pyz, play / "stackcheck.pyz")
        machine, home = tmp_path / "machine", tmp_path / "home"
        machine.mkdir()
        home.mkdir()
        venv.create(tmp_path / "venv", with_pip=True)
        bin_ = tmp_path / "venv" / "bin"
        install = [bin_ / "pip", "install", "-q", "ansible-core", "ansible-lint"]
        subprocess.run(install, check=True, capture_output=True)
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "ansible_remote_tmp": str(machine),
            "stackcheck_collect_host": True,
        }
        pythons = {"spark-07": sys.executable, "spark-12": sys.executable, "orin-03": "/no/python"}
        for name, python in pythons.items():
            own = play / "host_vars" / f"{name}.yml"
            own.parent.mkdir(exist_ok=True)
            own.write_text(f"stackcheck_collect_python: {python}\n", encoding="utf-8")
        environment = {"PATH": f"{bin_}:{os.environ['PATH']}", "HOME": str(home), "TMPDIR": str(machine)}
        call = [bin_ / "ansible-playbook", "-i", "inventory.yml", "collect.yml", "-e", json.dumps(variables)]
        done = subprocess.run(call, cwd=play, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 2, done.stdout + done.stderr
        assert re.findall(r"(\S+) +: .*failed=(\d)", done.stdout) == [
            *(("orin-03", "1"), ("spark-07", "0"), ("spark-12", "0"))
        ]
        documents = {path.stem: labels(path.read_text(encoding="utf-8")) for path in (play / "documents").iterdir()}
        own = {"site": "lab", "use": "training"}
        assert documents == {name: {**own, "host": name} for name in ("spark-07", "spark-12")}
        assert list(left(machine)) == []
        check = [bin_ / "ansible-lint", "--offline", "--profile", "production", "-q", "."]
        environment["XDG_CACHE_HOME"] = str(home)
        linted = subprocess.run(check, cwd=play, capture_output=True, text=True, check=False, env=environment)
        assert linted.returncode == 0, linted.stdout + linted.stderr


def left(folder: Path) -> Iterator[str]:
    """The files below a folder, and the folders that hold nothing."""
    for path in folder.rglob("*"):
        if path.is_file() or not any(path.iterdir()):
            yield str(path.relative_to(folder))
