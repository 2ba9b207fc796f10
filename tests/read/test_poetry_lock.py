"""poetry.lock and pdm.lock: which entries count on a target."""

from __future__ import annotations

from tests.read.reading import locked, read_text


def test_poetry_and_pdm() -> None:
    text = """\
        [[package]]
        name = "decord"
        version = "0.6.0"
        optional = false
        groups = ["main"]
        markers = "platform_machine == \\"aarch64\\""
        files = [{file = "decord-0.6.0-py3-none-manylinux2010_x86_64.whl", hash = "sha256:0"}]
        [[package]]
        name = "pytest"
        version = "8"
        groups = ["dev"]
        markers = {dev = "sys_platform == \\"win32\\"", main = "python_version < \\"3\\""}
        files = [{file = "pytest-8-py3-none-any.whl"}]
        [[package]]
        name = "old"
        version = "1"
        optional = true
        [metadata.files]
        old = [{file = "old-1.tar.gz"}]
        """
    assert locked(read_text("poetry.lock", text)) == [
        "2 decord==0.6.0 True None ('decord-0.6.0-py3-none-manylinux2010_x86_64.whl',)",
        "9 pytest==8 False group:dev ('pytest-8-py3-none-any.whl',)",
        "15 old==1 True extra:optional ('old-1.tar.gz',)",
    ]
    assert read_text("pdm.lock", text).asks[0].indexes is None
