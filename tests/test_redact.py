"""What must stay secret never gets through, and what is no secret stays readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.redact import redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:secret@index.example/simple", "https://index.example/simple"),
        ("https://secret@index.example/simple", "https://index.example/simple"),
        ("https://index.example/simple?token=secret", "https://index.example/simple"),
        ("--index-url https://u:se/cret@index.example/x", "--index-url https://index.example/x"),
        ("https://u:se//cret@index.example/x", "https://index.example/x"),
        ("https://u:se//c/r//et@index.example:80/x//y", "https://index.example:80/x//y"),
        ("https://proxy.example/https://u:se//cret@index.example/x", "https://proxy.example/https://index.example/x"),
        ("//a:b/c@d:e/f", "//"),
        ("https://host/a.whl?x=1#egg=name?token=secret", "https://host/a.whl#egg=name"),
        ("https://host/a.whl?x=1#//u:secret@b", "https://host/a.whl#//b"),
        ("git+https://u:secret@host/a.git#egg=name", "git+https://host/a.git#egg=name"),
        ("u:secret@host/path", "host/path"),
        ("u:secret@", "…"),
        (":@", "…"),
        ("https://host:8080/simple", "https://host:8080/simple"),
        ("torch>=2.9", "torch>=2.9"),
        ("a@b", "a@b"),
    ],
)
def test_redact(text: str, shown: str) -> None:
    assert redact(text) == shown


@given(st.text(alphabet="abc:@/?#= .", max_size=30))
def test_twice_is_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), st.from_regex(r"[a-z0-9/+%]{1,12}", fullmatch=True))
def test_passwords_never_show(user: str, password: str) -> None:
    marked = f"Zq{password}Zq"
    assert "Zq" not in redact(f"https://{user}:{marked}@index.example/simple?sig={marked}")
