"""What must stay secret never gets through, and what is no secret stays readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackcheck.redact import redact

DIGEST = f"sha256:{'0a' * 32}"
COMMIT = "0a" * 20


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
        ("u:secret@host/path", "host/path"),
        ("a/u:secret@host/path", "host/path"),
        ("u:secret@", "…"),
        (":@", "…"),
        ("git+https://u:secret@host/a.git@v1#egg=name", "git+https://host/a.git@v1#egg=name"),
        ("sftp://u:secret@host/r.txt", "sftp://host/r.txt"),
        ("sftp:/u:secret@host/r.txt", "host/r.txt"),
        ("https://u:secret", "https://"),
        ("https://u:secret@[::1]:80/x", "https://[::1]:80/x"),
        ("[https://u:secret@[::1]]", "[https://[::1]]"),
        # a word that holds several, and what stands around a URL
        ("name[https://u:secret@h/x]==1", "name[https://h/x]==1"),
        ('{"a":"https://u:secret@h/x","b":"u:secret@h"}', '{"a":"https://h/x","b":"h"}'),
        ("(https://u:secret@h:80/x), then", "(https://h:80/x), then"),
        ("u:secret@a,https://u:secret@b/c", "a,https://b/c"),
        ("https://h/a,u:secret@b/c", "https://h/a,b/c"),
        # a password with a blank, a quote or a bracket in it
        ("https://u:my secret@host/x y", "https://host/x y"),
        ("https://u:my 'secret@host/x", "https://host/x"),
        ("https://u:se)cret@host/x", "https://host/x"),
        ("https://u:se?secret@host/x", "https://"),
        ("https://u:se#secret@host/x", "https://"),
        # queries and fragments
        ("https://host/a.whl?x=1#egg=name?token=secret", "https://host/a.whl#egg=name"),
        ("https://host/a.whl?x=1#//u:secret@b", "https://host/a.whl"),
        ("https://host/a.whl#token=secret", "https://host/a.whl"),
        ("https://host/a.whl#secret", "https://host/a.whl"),
        ("https://host/a#egg=n[a,b]&subdirectory=c/d&token=secret", "https://host/a#egg=n[a,b]&subdirectory=c/d"),
        (f"git+https://host/a?rev=main#{COMMIT}", f"git+https://host/a#{COMMIT}"),
        ("https://host/a.whl#sha256=0a", "https://host/a.whl#sha256=0a"),
        ("host/simple?token=secret", "host/simple"),
        ("./a#token=secret", "./a"),
        # what a name calls a secret
        ("ENV HF_TOKEN=secret A=b", "ENV HF_TOKEN=… A=b"),
        ("RUN NPM_TOKEN='secret' pip install torch==2.9", "RUN NPM_TOKEN='…' pip install torch==2.9"),
        ("DB_PASSWORD: secret", "DB_PASSWORD: …"),
        ('"AWS_SECRET_ACCESS_KEY": "secret"', '"AWS_SECRET_ACCESS_KEY": "…"'),
        ("tool --token secret --password=secret x", "tool --token … --password=… x"),
    ],
)
def test_secrets(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert "secret" not in redact(text).replace("--secret", "")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "https://host:8080/simple",
            "(https://host:80)",
            "https://[::1]:80/x",
            "torch>=2.9",
            "a@b",
            "git@host.example",
        ),
        *("torch @ https://h/torch.whl", "./a#egg=b", "pkg#subdirectory=x/y", "tokenizers==0.20", "TOKEN==1", "a: b"),
        *("RUN --mount=type=secret,id=x", "https://h/a.git@v1.2#egg=a", "# a comment", "#a", "file?.txt", "*.whl?"),
        *("/usr/lib:/opt/gcc@12/lib", "PATH=/bin:/opt/python@3.12/bin:/x"),
        *(f"nvcr.io/nvidia/pytorch:25.09-py3@{DIGEST}", f"https://h/pytorch:25.09@{DIGEST}", "see https://h/x: no"),
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@given(st.text(alphabet="abc:@/?#=[]\"', .", max_size=30))
def test_twice_is_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


USERS = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)


@given(USERS, st.from_regex(r"[a-z0-9/+%,;()'\" -]{1,12}", fullmatch=True), st.sampled_from(["", " x", "'", '"]', ")"]))
def test_passwords_never_show(user: str, password: str, after: str) -> None:
    marked = f"Zq{password}Zq"
    assert "Zq" not in redact(f"https://{user}:{marked}@index.example/simple{after}")
    assert "Zq" not in redact(f"a b=https://{user}:{marked}@index.example/x?sig=ZqZq#ZqZq {after}")
