"""Cuts credentials out of text. A leaf: what an index URL holds must not reach a Stack or a report.

Text is redacted before anything else is done to it: what was split or normalised may hide where a password ends.
"""

from __future__ import annotations

from stackcheck.patterns import pattern

_BREAK = pattern(r"([\s\"'`<>\\]+)")
_AUTHORITY_END = pattern(r"[/#]")
_PORT = pattern(r":\d*$|$")
_CLOSING = pattern(r"[\])},;:.]*$")
_DIGEST = pattern(r"sha256:[0-9a-f]{64}\b")
_OPEN = pattern(r"//[^/\s]*:(?![0-9]*(?:[/\s\])},;:.\"'`<>]|$))")
"""What may be the beginning of a password: a colon with no port behind it."""
_TAIL = pattern(r"(?<=.)[?#]")
_PART = pattern(
    r"egg=[A-Za-z0-9._-]+(?:\[[A-Za-z0-9._,-]*\])?|subdirectory=[A-Za-z0-9._/-]*"
    r"|(?:md5|sha\d+|blake2[bs])=[0-9a-f]+|[0-9a-f]{40}"
)
"""What a fragment may say: the project, its folder, a hash, a commit."""
_INNER = pattern(r"[^\s/@:=,]*:[^\s/@]*@(?!sha256:[0-9a-f]{64})")
_NAMED = pattern(
    r"(?<![A-Za-z0-9])((?:(?:[A-Z0-9]+_)*"
    r"(?:TOKEN|PASSWORD|PASSWD|PASS|SECRET|CREDENTIALS?|APIKEY|(?:API|ACCESS|PRIVATE)_KEY)(?:_[A-Z0-9]+)*"
    r"(?:=(?!=)|[\"']?: )|--(?:token|password|secret|api-key)[= ])[\"']?)[^\s\"';&|]+"
)
"""A variable or an option whose name says that its value is secret."""
_NAMES = ("TOKEN", "PASS", "SECRET", "CREDENTIAL", "KEY", "--token", "--pass", "--secret", "--api")
_TURNS = 4
_LOOKED_AHEAD = 8
"""Words after one with the beginning of a password in which its end is looked for."""


def redact(text: str) -> str:
    """The text with user, password, query and fragment cut out of every URL in it, and with the values of what is named
    a secret (`HF_TOKEN=…`).

    The whole query goes, because any of its keys can be a signature or a token (`?token=`, `?X-Amz-Signature=`); of a
    fragment stays what installers know (`#egg=`, `#subdirectory=`, hashes). In doubt too much is cut: a password with
    a raw "/" or a blank in it takes the URL up to its last "@" along.
    """
    for _ in range(_TURNS):
        shown = _once(text)
        if shown == text:
            break
        text = shown  # what is cut may bring the rest of another password together
    return text


def _once(text: str) -> str:
    if ("=" in text or ":" in text or "--" in text) and any(name in text for name in _NAMES):
        text = _NAMED.sub(r"\1…", text)
    if "@" not in text and "?" not in text and "#" not in text and ("//" not in text or not _OPEN.search(text)):
        return text
    parts = _BREAK.split(text)
    shown: list[str] = []
    at = 0
    while at < len(parts):
        end = _end_of_password(parts, at) if "@" in text and at % 2 == 0 else at
        shown.append(_word("".join(parts[at : end + 1])) if at % 2 == 0 else parts[at])
        at = end + 1
    return "".join(shown)


def _end_of_password(parts: list[str], at: int) -> int:
    """Where the word ends that begins here: further on where a password goes on behind a blank or a quote."""
    _, *urls = parts[at].split("//")
    if not urls or "@" in urls[-1] or not any(map(_begins_password, urls)):
        return at
    for end in range(at + 2, min(at + 2 * _LOOKED_AHEAD, len(parts)), 2):
        if "://" in parts[end]:
            break
        if "@" in parts[end]:
            return end
    return at


def _begins_password(url: str) -> bool:
    """Whether what follows a "//" begins with a user and a password: a colon with no port behind it. One with nothing
    behind it is no port where more follows."""
    authority = _AUTHORITY_END.split(url, maxsplit=1)[0]
    if ":" not in authority or authority.startswith("["):
        return False
    return authority.endswith(":") or not _PORT.match(authority, authority.find(":"))


def _word(word: str) -> str:
    tail = _TAIL.search(word)
    if tail is not None and ("//" in word or "=" in word[tail.end() :]):
        word = word[: tail.start()] + _kept(word[tail.start() :])
    if "//" not in word:
        return _bare(word)
    before, _, url = word.partition("//")
    end = _end_of_url(url)
    return _INNER.sub("", f"{_bare(before)}//{_without_users(url[:end])}{url[end:]}")


def _end_of_url(url: str) -> int:
    """Where the brackets and stops begin that close around a URL, but not the one of its own host (`[::1]`)."""
    closing = _CLOSING.search(url)
    end = closing.start() if closing else len(url)
    return end + 1 if url[end:].startswith("]") and url.count("[", 0, end) > url.count("]", 0, end) else end


def _bare(word: str) -> str:
    """A word that is no URL: `user:password@host` all the same. A list of folders (`/a:/b@1/lib`) is none, nor is a tag
    before an image's digest."""
    user, at, rest = word.rpartition("@")
    first, colon, password = user.partition(":")
    folders = "/" in first and password.rpartition(":")[2].startswith("/")
    if not at or not colon or folders or _DIGEST.match(rest):
        return word
    # Never nothing: what is cut to an empty text would be no value any more.
    return rest or "…"


def _kept(tail: str) -> str:
    """Of a query and fragment what says no secret, and the brackets that close around the URL."""
    closing = _CLOSING.search(tail)
    end = closing.start() if closing else len(tail)
    fragment = tail[:end].partition("#")[2].partition("?")[0]
    if tail[end:].startswith("]") and "[" in fragment:  # of the extras of an egg
        fragment, end = f"{fragment}]", end + 1
    parts = [part for part in fragment.split("&") if _PART.fullmatch(part)]
    return f"{'#' if parts else ''}{'&'.join(parts)}{tail[end:]}"


def _without_users(body: str) -> str:
    """Each URL of a chain (a proxy's, with the one that it fetches behind it) without its user."""
    parts = body.split("//")
    last = max((place for place, part in enumerate(parts) if "@" in part), default=0)
    shown: list[str] = []
    at = 0
    while at < len(parts):
        text = _without_user(parts[at], at < last)
        if text is None and at < last:
            # The password goes on after a "//" of its own.
            at, text = last, _without_user(parts[last].rpartition("@")[2])
        shown.append(text or "")
        at += 1
    return "//".join(shown)


def _without_user(text: str, more: bool = False) -> str | None:
    """`user:password@host/path` → `host/path`; None where a password begins that does not end here. `more`: an "@"
    stands in what follows behind a "//"."""
    found = _AUTHORITY_END.search(text)
    end = found.start() if found else len(text)
    authority = text[:end].rpartition("@")[2]
    host_end = authority.rfind("]") + 1 if authority.startswith("[") else max(authority.find(":"), 0)
    # A colon with nothing behind it is rather the beginning of a password than a port.
    begun = authority.endswith(":") and "@" not in text[:end] and ("@" in text[end:] or more)
    if (_PORT.match(authority, host_end) and not begun) or ":" not in authority:
        return authority + text[end:]
    # No port stands behind the colon, so it is a password that goes on after the "/".
    _, at, rest = text[end:].rpartition("@")
    return _without_user(rest) if at else None
