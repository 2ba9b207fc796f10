"""Cuts credentials out of text. A leaf: what an index URL holds must not reach a Stack or a report."""

from __future__ import annotations

from stackcheck.patterns import pattern

_SPACE = pattern(r"(\s+)")
_AUTHORITY_END = pattern(r"[/#]")
_PORT = pattern(r":\d*$|$")


def redact(text: str) -> str:
    """The text with user, password and query string cut out of every URL in it; the fragment stays.

    The whole query goes, because any of its keys can be a signature or a token (`?token=`, `?X-Amz-Signature=`).
    In doubt too much is cut: a password with a raw "/" in it takes the URL up to its last "@" along.
    """
    if "@" not in text and "?" not in text and "//" not in text:
        return text
    return "".join(_word(word) for word in _SPACE.split(text))


def _word(word: str) -> str:
    if "//" not in word:
        user, at, rest = word.rpartition("@")
        # Never nothing: what is cut to an empty text would be no value any more.
        return (rest or "…") if at and ":" in user else word
    before, _, url = word.partition("//")
    body, _, query = url.partition("?")
    _, mark, fragment = query.partition("#")
    return f"{before}//{_without_users(body + mark + fragment.partition('?')[0])}"


def _without_users(body: str) -> str:
    """Each URL of a chain (a proxy's, with the one that it fetches behind it) without its user."""
    parts = body.split("//")
    last = max((place for place, part in enumerate(parts) if "@" in part), default=0)
    shown: list[str] = []
    at = 0
    while at < len(parts):
        text = _without_user(parts[at])
        if text is None and at < last:
            # The password goes on after a "//" of its own.
            at, text = last, _without_user(parts[last].rpartition("@")[2])
        shown.append(text or "")
        at += 1
    return "//".join(shown)


def _without_user(text: str) -> str | None:
    """`user:password@host/path` → `host/path`; None where a password begins that does not end here."""
    found = _AUTHORITY_END.search(text)
    end = found.start() if found else len(text)
    authority = text[:end].rpartition("@")[2]
    host_end = authority.rfind("]") + 1 if authority.startswith("[") else max(authority.find(":"), 0)
    if _PORT.match(authority, host_end) or ":" not in authority:
        return authority + text[end:]
    # No port stands behind the colon, so it is a password that goes on after the "/".
    _, at, rest = text[end:].rpartition("@")
    return _without_user(rest) if at else None
