"""The command lines of pip and uv, read as their own parsers read them: which words are options, and which are values.

pip's parser is Python's `optparse`: a long option may be shortened as long as it is the only one that begins so. uv's
is `clap`, which takes no shortened ones. Both take `-qr file`, `-rfile` and `--option=value`. The tables are those of
pip 26.3 and uv 0.13 (a test compares them), uv's hidden spellings and pip's earlier options included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.read.words import Word


class Argument(NamedTuple):
    """One option with its value, or a word that is none (`name` is "" then, and `value` the word).

    `known` is False for an option that the table does not have.
    """

    name: str
    word: Word
    value: Word | None = None
    known: bool = True


class Table(NamedTuple):
    """The options of one command: those that take a value and those that take none. `former` are such that take a value
    in earlier releases (pip), or in pip alone (uv). `shortens`: whether the beginning of a long option will do."""

    valued: frozenset[str]
    flags: frozenset[str]
    former: frozenset[str] = frozenset()
    shortens: bool = False

    def long(self, name: str) -> str:
        """The whole name of a long option, "" for one that is not known, or that may be several."""
        if name in self.valued or name in self.flags or name in self.former:
            return name
        if not self.shortens:
            return ""
        every = self.beginning(name)
        return every[0] if len(every) == 1 else ""

    def beginning(self, name: str) -> list[str]:
        """The options that a shortened one may be."""
        return [one for one in (*self.valued, *self.flags) if self.shortens and one.startswith(name)]

    def has(self, name: str) -> bool:
        """Whether the command knows an option, now or before."""
        return name in self.valued or name in self.flags or (self.shortens and name in self.former)

    def takes_value(self, name: str) -> bool:
        """Whether the next word belongs to an option."""
        return name in self.valued or name in self.former


def _set(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in text.split())


_GENERAL_VALUED = _set(
    "--python --log --log-file --local-log --keyring-provider --proxy --retries --timeout --default-timeout",
    "--exists-action --trusted-host --cert --client-cert --cache-dir --use-feature --use-deprecated --resume-retries",
)
_GENERAL_FLAGS = _set(
    "-h --help --debug --isolated --require-virtualenv --require-venv -v --verbose -q --quiet --no-input",
    "--no-proxy-env --no-cache-dir --disable-pip-version-check --no-color --no-python-version-warning",
)
_RESOLVING_VALUED = _GENERAL_VALUED | _set(
    "-r --requirement -c --constraint --build-constraint --requirements-from-script --src --source --source-dir",
    "--source-directory --progress-bar --group --all-releases --only-final --no-binary --only-binary -i --index-url",
    "--pypi-url --extra-index-url --refresh-package -f --find-links --uploaded-prior-to",
)
_RESOLVING_FLAGS = _GENERAL_FLAGS | _set(
    "--no-deps --no-dependencies --only-deps --only-dependencies --ignore-requires-python --no-build-isolation",
    "--use-pep517 --check-build-dependencies --require-hashes --no-require-hashes --no-clean --pre --prefer-binary",
    "--no-index",
)
_FOREIGN = _set("--platform --python-version --implementation --abi")
_CONFIGURED = _set("-C --config-settings -e --editable")
_FORMER = _set("-b --build --build-dir --global-option --install-option --build-option --download-cache --mirrors")

PIP = Table(_GENERAL_VALUED, _GENERAL_FLAGS | _set("-V --version"), shortens=True)
"""What stands between `pip` and its subcommand."""
PIP_VERBS = {
    "install": Table(
        _RESOLVING_VALUED
        | _FOREIGN
        | _CONFIGURED
        | _set("-t --target --root --prefix --upgrade-strategy --root-user-action --report"),
        _RESOLVING_FLAGS
        | _set(
            "--dry-run --user --no-user -U --upgrade --force-reinstall -I --ignore-installed --break-system-packages",
            "--compile --no-compile --no-warn-script-location --no-warn-conflicts",
        ),
        _FORMER,
        shortens=True,
    ),
    "wheel": Table(
        _RESOLVING_VALUED | _CONFIGURED | _set("-w --wheel-dir"),
        _RESOLVING_FLAGS | _set("--no-verify"),
        _FORMER,
        shortens=True,
    ),
    "download": Table(
        _RESOLVING_VALUED | _FOREIGN | _set("-d --dest --destination-dir --destination-directory"),
        _RESOLVING_FLAGS,
        _FORMER,
        shortens=True,
    ),
}

UV = Table(
    _set(
        "--allow-insecure-host --trusted-host --cache-dir --color --config-file --directory --project --python-fetch",
        "--python-preference --preview-feature --preview-features",
    ),
    _set(
        "--help -h --managed-python --native-tls --no-cache --no-cache-dir -n --no-config --no-managed-python",
        "--no-native-tls --no-offline --no-preview --no-progress --no-python-downloads --offline --preview --quiet -q",
        "--allow-python-downloads --no-system-certs --show-settings --system-certs --verbose -v --version -V",
        "--isolated --no-color --no-installer-metadata",
    ),
)
"""What may stand anywhere in a command of uv, before its subcommand too."""
_UV_RESOLVING = Table(
    UV.valued
    | _set(
        "--build-constraints --build-constraint --cert --config-setting --config-settings --config-settings-package -C",
        "--constraints --constraint --default-index --exclude-newer --exclude-newer-package --extra --extra-index-url",
        "--find-links --fork-strategy --group --index --index-strategy --index-url --keyring-provider --link-mode",
        "--no-binary-package --no-build-isolation-package --no-build-package --no-editable-package --only-binary",
        "--no-sources-package --output-format --prefix --prerelease --prerelease-package --python --python-platform",
        "--python-version --refresh-package --reinstall-package --requirements --requirement --resolution --target",
        "--torch-backend --upgrade-group --upgrade-package -P -b -c -f -i -p -r -t",
    ),
    UV.flags
    | _set(
        "--all-extras --allow-empty-requirements --break-system-packages --build --build-isolation --check",
        "--compile --compile-bytecode --dry-run --exact --force-reinstall --inexact --no-allow-empty-requirements",
        "--no-break-system-packages --no-build --no-build-isolation --no-compile --no-compile-bytecode --no-deps",
        "--no-editable --no-exact --no-index --no-refresh --no-reinstall --no-require-build-hashes --no-require-hashes",
        "--no-sources --no-strict --no-system --no-upgrade --no-verify-hashes --pre --refresh --reinstall",
        "--require-build-hashes --require-hashes --strict --sources --system --upgrade --user --verify-hashes -U",
        "--disable-pip-version-check --no-user --deps --no-all-extras",
    ),
)


def _uv_table(valued: frozenset[str], flags: frozenset[str]) -> Table:
    return Table(valued, flags, PIP_VERBS["install"].valued - valued - flags)


UV_VERBS = {
    "pip install": _uv_table(
        _UV_RESOLVING.valued | _set("--editable -e --excludes --exclude --no-binary --overrides --override"),
        _UV_RESOLVING.flags,
    ),
    "pip sync": _uv_table(
        _UV_RESOLVING.valued | _set("--no-binary --client-cert --config --pip-args --python-executable"),
        _UV_RESOLVING.flags | _set("--ask -a"),
    ),
    "add": _uv_table(
        _UV_RESOLVING.valued
        | _set("--bounds --branch --marker -m --no-install-package --only-install-package --optional --package --rev")
        | _set("--script --tag"),
        _UV_RESOLVING.flags
        | _set(
            "--active --dev --editable --frozen --lfs --locked --no-active --no-binary --no-install-local --raw",
            "--no-install-project --no-install-workspace --no-sync --no-workspace --raw-sources --workspace --binary",
            "--only-install-local --only-install-project --only-install-workspace",
        ),
    ),
}


def read_arguments(words: tuple[Word, ...], table: Table) -> Iterator[Argument]:
    """Every option and every other word, in order. What stands behind `--` is no option."""
    at = 0
    while at < len(words):
        word, at = words[at], at + 1
        if word.text == "--":
            yield from (Argument("", rest, rest) for rest in words[at:])
            return
        if len(word.text) < 2 or not word.text.startswith("-"):
            yield Argument("", word, word)
        elif word.text.startswith("--"):
            name, equals, text = word.text.partition("=")
            known = table.long(name)
            if equals:
                yield Argument(known or name, word, word._replace(text=text), table.has(known))
            elif known and table.takes_value(known):
                yield Argument(known, word, words[at] if at < len(words) else None, table.has(known))
                at += 1
            else:
                # pip refuses one that may be several; what would be its value is no project all the same, and former
                # releases knew less of them.
                several = [] if known else [one for one in table.beginning(name) if table.takes_value(one)]
                # `--constraints FILE` is uv's: pip refuses it, and the file is no project.
                several += [name] if not known and table.takes_value(name.removesuffix("s")) else []
                meant = "--requirement" if "--requirement" in several else known or name
                yield Argument(meant, word, words[at] if several and at < len(words) else None, bool(known))
                at += bool(several)
        else:
            takes_next = False
            for argument in _letters(word, table):
                takes_next = argument.value is None and table.takes_value(argument.name)
                yield argument._replace(value=words[at] if at < len(words) else None) if takes_next else argument
            at += takes_next


def _letters(word: Word, table: Table) -> Iterator[Argument]:
    """`-qU`, `-qrfile`: one option for each letter, up to one that takes a value."""
    for at in range(1, len(word.text)):
        name = f"-{word.text[at]}"
        rest = word.text[at + 1 :]
        if not table.takes_value(name):
            yield Argument(name, word, None, name in table.flags)
            if name not in table.flags:
                return
            continue
        if rest and not table.shortens:
            rest = rest.removeprefix("=")
        yield Argument(name, word, word._replace(text=rest) if rest else None)
        return


def verb_at(words: tuple[Word, ...], table: Table) -> int:
    """The position of the first word that is no option and no option's value; the number of words if there is none."""
    first = next((one.word for one in read_arguments(words, table) if not one.name), None)
    return len(words) if first is None else next(at for at, word in enumerate(words) if word is first)
