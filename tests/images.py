"""Container images written for tests: tar archives, OCI layouts and docker-archives, sound ones and hostile ones."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def libc(machine: int = 0xB7, version: str = "2.39") -> bytes:
    """The beginning of a C library: an ELF header for a machine, and the sentence that glibc prints."""
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + (3).to_bytes(2, "little") + machine.to_bytes(2, "little")
    return head.ljust(64, b"\0") + f"GNU C Library (Ubuntu GLIBC) stable release version {version}.\n".encode()


def python_root(packages: Mapping[str, str], *, version: str = "3.12") -> dict[str, Any]:
    """The files of an Ubuntu 24.04 on aarch64 with distributions in its dist-packages: name → version."""
    site = f"usr/local/lib/python{version}/dist-packages"
    files: dict[str, Any] = {
        "etc/os-release": 'ID=ubuntu\nVERSION_ID="24.04"\n',
        "usr/lib/aarch64-linux-gnu/libc.so.6": libc(),
        "usr/bin/python3": f"->python{version}",
        f"usr/bin/python{version}": "x",
        "var/lib/dpkg/status": (
            f"Package: python{version}-minimal\nStatus: install ok installed\n"
            f"Version: {version}.3-1\nArchitecture: arm64\n\n"
        ),
    }
    for name, release in packages.items():
        info = f"{site}/{name.replace('-', '_')}-{release}.dist-info"
        files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {release}\n"
        files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nTag: cp{version.replace('.', '')}-none-manylinux_2_28_aarch64\n"
        files[f"{info}/RECORD"] = f"{name}/__init__.py,,\n"
    return files


def tar(files: Mapping[str, Any], **options: Any) -> bytes:
    """A tar archive. A value is a text, bytes, a link ("->target"), a hard link ("=>target"), None for a folder, or a
    `tarfile.TarInfo` as it is."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=options.get("format", tarfile.PAX_FORMAT)) as archive:
        for name, value in files.items():
            info = tarfile.TarInfo(name)
            if isinstance(value, tarfile.TarInfo):
                archive.addfile(value)
                continue
            data = b""
            if value is None:
                info.type = tarfile.DIRTYPE
            elif isinstance(value, str) and value.startswith("->"):
                info.type, info.linkname = tarfile.SYMTYPE, value[2:]
            elif isinstance(value, str) and value.startswith("=>"):
                info.type, info.linkname = tarfile.LNKTYPE, value[2:]
            else:
                data = value.encode() if isinstance(value, str) else value
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def config(arch: str = "arm64", env: tuple[str, ...] = ("PATH=/usr/local/bin:/usr/bin:/bin",)) -> dict[str, Any]:
    """An image configuration."""
    return {"architecture": arch, "os": "linux", "config": {"Env": list(env), "Labels": {"a": "b"}}}


def packed(layer: bytes, form: str | None) -> bytes:
    """A layer as it is stored."""
    if form == "gzip":
        return gzip.compress(layer, 1)
    if form == "zstd":
        import zstandard

        packing = zstandard.ZstdCompressor().compressobj()
        return packing.compress(layer) + packing.flush()
    return layer


def blob(blobs: dict[str, bytes], data: bytes, kind: str = "") -> dict[str, Any]:
    """Stores a blob; its descriptor."""
    digest = hashlib.sha256(data).hexdigest()
    blobs[f"blobs/sha256/{digest}"] = data
    return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}


def oci(
    layers: list[bytes], *, form: str | None = None, arch: str = "arm64", env: tuple[str, ...] = ("PATH=/usr/bin",)
) -> dict[str, bytes]:
    """The files of an OCI layout with one image."""
    return oci_index([(arch, layers)], form=form, env=env)


def oci_index(
    images: list[tuple[str, list[bytes]]], *, form: str | None = None, env: tuple[str, ...] = ("PATH=/usr/bin",)
) -> dict[str, bytes]:
    """The files of an OCI layout with an image for each architecture."""
    files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}
    manifests = []
    for arch, layers in images:
        manifest = {
            "schemaVersion": 2,
            "config": blob(files, json.dumps(config(arch, env)).encode()),
            "layers": [blob(files, packed(layer, form)) for layer in layers],
        }
        described = blob(files, json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
        manifests.append({**described, "platform": {"os": "linux", "architecture": arch}})
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
    return files


def docker(layers: list[bytes], *, arch: str = "arm64", env: tuple[str, ...] = ("PATH=/usr/bin",)) -> dict[str, bytes]:
    """The members of a `docker save` archive."""
    files = {f"{number}/layer.tar": layer for number, layer in enumerate(layers)}
    files["config.json"] = json.dumps(config(arch, env)).encode()
    entry = {"Config": "config.json", "RepoTags": ["x:1"], "Layers": [f"{n}/layer.tar" for n in range(len(layers))]}
    return {**files, "manifest.json": json.dumps([entry]).encode()}


def folder(root: Path, files: Mapping[str, bytes]) -> Path:
    """Writes files below a folder."""
    for name, data in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return root
