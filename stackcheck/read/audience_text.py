"""What a file's text says of the machine that it is for: its header, what conda or an index left in it, the base of an
image, an installer for one architecture. Each text is read as what it is; nothing in it is run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackcheck.read.audience import Claim, settled, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackcheck.read.audience import Audience, Subject

HEAD_LINES = 25
"""Lines at the top of a file in which its header stands."""

_MADE = re.compile(
    r"\b(?:resolved|compiled|generated|frozen|locked|exported|platform)\b|--python-platform|[-_]64[- ]only\b"
)
"""What a header says of how its lines came to be; "written for x86_64" is no more than its history."""
_OTHERWISE = re.compile(r"\b(?:instead|except|unless|use|note)\b")
_ARCHES = {
    "x86_64": whole(r"x86[-_]64|amd64|linux-64|x86_64-[a-z0-9_-]+"),
    "aarch64": whole(r"aarch64|arm64|linux-aarch64|aarch64-[a-z0-9_-]+"),
}
_CPU = re.compile(r"\b(?:cpu[- ](?:only|inference|build)|for (?:the )?cpu)\b")
_APPLE = re.compile(r"\b(?:macos|mac m\d|apple silicon|mac os x)\b")
_LINUX = re.compile(r"\b(?:linux|ubuntu|debian|cuda|nvidia|jetson)\b")
_LINKER = re.compile(r"^[ \t]*-?[ \t]*ld[_-]impl[_-]linux-(64|aarch64)\b", re.MULTILINE)
_BUILD = re.compile(r"^[ \t]*-[ \t]*[A-Za-z0-9_.-]+=[^=\s]+=[A-Za-z0-9_.]+\s*$", re.MULTILINE)
_INTEL = re.compile(r"^[ \t]*-[ \t]*(?:mkl|intel-openmp|_openmp_mutex=[^=\s]+=\w*intel|cudatoolkit)\b", re.MULTILINE)
_APPLE_BUILD = re.compile(r"^[ \t]*-[ \t]*(?:libcxx|appnope)=", re.MULTILINE)
_WINDOWS_BUILD = re.compile(r"^[ \t]*-[ \t]*(?:vs20\d\d_runtime|vc14_runtime|wincertstore|pywin32)=", re.MULTILINE)
_INSTALLER = re.compile(
    r"https?://\S{0,300}/((?:mini(?:conda|forge)|mambaforge|anaconda|micromamba)[\w.${}-]*linux[-_](x86_64|aarch64)[\w.]*)",
    re.IGNORECASE,
)
_INDEX = re.compile(r"--(?:extra-)?index-url[ =]+\S*/whl/(?:nightly/|test/)?(rocm|xpu|cpu|cu\d)")
_FROM = re.compile(r"^[ \t]*FROM\s+((?:--platform=(\S+)\s+)?(\S+))(?:\s+as\s+\S+)?\s*$", re.IGNORECASE | re.MULTILINE)
_BASES: tuple[tuple[Subject, str, re.Pattern[str]], ...] = (
    ("board", "jetson", re.compile(r"(?:^|/)(?:l4t-[a-z]|dustynv/)")),
    ("accelerator", "rocm", re.compile(r"(?:^|/)rocm/")),
    ("accelerator", "xpu", re.compile(r"^intel/")),
    ("accelerator", "hpu", re.compile(r"(?:habana|gaudi)")),
    ("accelerator", "npu", re.compile(r"(?:^|/)ascend/|/cann:")),
    ("os", "windows", re.compile(r"mcr\.microsoft\.com/windows")),
)
_SERVICES = re.compile(r"^services:", re.MULTILINE)
_PROFILES = re.compile(r"^[ \t]+profiles:", re.MULTILINE)
_IMAGE = re.compile(r"^[ \t]+image:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
_TEGRA = re.compile(
    r"^[ \t]+-[ \t]*[\"']?(/dev/nv(?:host|map|gpu|sciipc)[\w/-]*|/etc/nv_tegra_release|/run/jtop\.sock"
    r"|\S*/tegra(?:-egl)?(?=/|:))",
    re.MULTILINE,
)
"""Devices and files that Jetson Linux alone has (NVIDIA's container runtime for Jetson mounts them)."""
_SUBMODULE = re.compile(r"^[ \t]*path[ \t]*=[ \t]*([^\n]+)$", re.MULTILINE)
_HOME = re.compile(
    r"^[ \t]*[\"']?(?:url|home[-_]?page|repository|source(?:[-_ ]?code)?)[\"']?[ \t]*=[ \t]*"
    r"[\"']?https?://(?:www\.)?(?:github|gitlab)\.com/([\w.-]+)/([\w.-]+)",
    re.IGNORECASE | re.MULTILINE,
)
_PLATFORMS = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
_ARGUMENT = re.compile(r"^[ \t]*ARG\s+(\w+)=[\"']?([^\s\"']+)", re.IGNORECASE | re.MULTILINE)


def submodules(data: bytes) -> list[str]:
    """The folders of git's submodules by the content of .gitmodules (gitmodules(5)), from its own folder on."""
    paths = (found[1].strip().strip('"').rstrip("/") for found in _SUBMODULE.finditer(data.decode("utf-8", "replace")))
    return [path for path in dict.fromkeys(paths) if path]


def home(data: bytes) -> tuple[str, str] | None:
    """Owner and name of the repository that a project's metadata calls its home; None where it names none."""
    found = _HOME.search(data.decode("utf-8", "replace"))
    return None if found is None else (found[1], found[2].removesuffix(".git"))


def of_requirements(text: str) -> Audience:
    """What the text of a requirements file says: its header, what conda left in a `pip freeze`, the index of torch."""
    claims = [*_of_head(text), *_of_linker(text)]
    families = {found[1][:2] if found[1].startswith("cu") else found[1] for found in _INDEX.finditer(text)}
    if len(families) == 1:
        family = families.pop()
        named = "cuda" if family == "cu" else family
        claims.append(Claim("accelerator", named, f"it takes torch from the {family} index"))
    return settled(claim for claim in claims if claim.value != "cuda")


def of_yaml(text: str) -> Audience:
    """What a conda environment or a compose file says."""
    return _of_compose(text) if _SERVICES.search(text) else of_environment(text)


def _of_compose(text: str) -> Audience:
    """A compose file is run on one machine: for it are the image and the devices of one service, unless profiles
    choose among them."""
    claims = list(_of_head(text))
    if not _PROFILES.search(text):
        for found in _IMAGE.finditer(text):
            claims += [
                Claim(subject, value, f"a service of it runs {found[1]}")
                for subject, value, pattern in _BASES
                if pattern.search(found[1].lower())
            ]
        if device := _TEGRA.search(text):
            claims.append(Claim("board", "jetson", f"a service of it takes {device[1]}"))
    return settled(claims)


def of_environment(text: str) -> Audience:
    """What a conda environment says: an export with build strings is of the one machine that it was made on."""
    claims = [*_of_head(text), *_of_linker(text)]
    if not claims and len(_BUILD.findall(text)) > 2:
        reason = "it is an export with build strings, and {} in it is for {} alone"
        if found := _APPLE_BUILD.search(text):
            claims.append(Claim("os", "darwin", reason.format(_project(found[0]), "macOS")))
        elif found := _WINDOWS_BUILD.search(text):
            claims.append(Claim("os", "windows", reason.format(_project(found[0]), "Windows")))
        elif found := _INTEL.search(text):
            claims.append(Claim("arch", "x86_64", reason.format(_project(found[0]), "x86_64")))
    return settled(claims)


def of_commands(text: str) -> Audience:
    """What a script or Dockerfile fetches: an installer for one architecture, and none for another."""
    return settled(Claim("arch", found[2].lower(), f"it fetches {found[1]}") for found in _installers(text))


def of_dockerfile(text: str) -> Audience:
    """What a Dockerfile builds on (the base of its last stage, arguments by their defaults), and what it fetches."""
    claims = list(of_commands(text))
    bases = list(_FROM.finditer(text))
    if bases:
        defaults = {found[1]: found[2] for found in _ARGUMENT.finditer(text)}
        image = _filled(bases[-1][3], defaults).lower()
        platform = "/".join((bases[-1][2] or "").split("/")[:2])
        if platform in _PLATFORMS:
            claims.append(Claim("arch", _PLATFORMS[platform], f"its image is fixed to {platform}"))
        for subject, value, pattern in _BASES:
            if pattern.search(image):
                claims.append(Claim(subject, value, f"it is built on {image}"))
    return settled(claims)


def _filled(image: str, defaults: dict[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda found: defaults.get(found[1]) or found[0], image)


def _installers(text: str) -> Iterator[re.Match[str]]:
    return _INSTALLER.finditer(re.sub(r"(?m)^[ \t]*#.*$", "", text))


def _project(line: str) -> str:
    return line.strip(" -\n").partition("=")[0]


def _of_linker(text: str) -> Iterator[Claim]:
    for found in _LINKER.finditer(text):
        arch = "x86_64" if found[1] == "64" else "aarch64"
        yield Claim("arch", arch, f"{found[0].strip(' -')} in it is the linker of {arch}")


def _of_head(text: str) -> Iterator[Claim]:
    """The comment at the top, up to the first line that is none."""
    head: list[str] = []
    for line in text.split("\n", HEAD_LINES)[:HEAD_LINES]:
        if line.strip() and not line.lstrip().startswith("#"):
            break
        head.append(line.lstrip("# ").lower())
    made = [line for line in head if _MADE.search(line) and not _OTHERWISE.search(line)]
    for arch, pattern in _ARCHES.items():
        if any(map(pattern.search, made)):
            yield Claim("arch", arch, f"its header says {arch}")
    title = next(filter(None, head), "")
    if _OTHERWISE.search(title):
        return
    if _APPLE.search(title) and not any(map(_LINUX.search, head)):
        yield Claim("os", "darwin", "its header says macOS")
    if _CPU.search(title):
        yield Claim("accelerator", "cpu", "its header says CPU")
