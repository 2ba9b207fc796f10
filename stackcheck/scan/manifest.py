"""Which layers make an image, by its manifest: OCI's index and manifests, or those of `docker save`.

Archives without a manifest are root file systems, if they look like one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING, Any

from stackcheck.redact import redact
from stackcheck.scan.containers import MAX_JSON, ROOT, Compressed
from stackcheck.scan.layer_files import FileLayer, WholeArchive
from stackcheck.scan.layers import ImageError
from stackcheck.values import dataclass, field

if TYPE_CHECKING:
    from stackcheck.budget import Budget
    from stackcheck.scan.containers import Blobs
    from stackcheck.scan.layers import Layer

MAX_LAYERS = 1000

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_INDEX_TYPES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")


@dataclass
class Plan:
    """Which layers make an image, in order, and the digests that they should have; and its configuration."""

    layers: list[Layer] = field(default_factory=list)
    digests: list[str | None] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    platform: str | None = None


class Manifests:
    """The manifests of one image."""

    def __init__(self, path: str, blobs: Blobs, budget: Budget) -> None:
        self.path, self.blobs, self.budget = path, blobs, budget

    def plan(self, platform: str | None) -> Plan:
        """What the manifest for a platform says. Raises `ImageError`."""
        small = self.blobs.small
        if "index.json" in small:
            return self.oci(platform)
        if "manifest.json" in small:
            return self.docker(platform)
        return self.bare()

    def bare(self) -> Plan:
        """No manifest: the archive is a root file system, if it looks like one."""
        names = set()
        for count, name in enumerate(self.blobs.names()):
            names.add(name.partition("/")[0])
            if count > 100_000:
                break
        if not names & ROOT:
            raise ImageError(
                f"{self.path}: is no image: it has no manifest, and no /etc or /usr as a root file system has"
            )
        layer: Layer
        if isinstance(self.blobs, Compressed):
            layer = WholeArchive(self.blobs)
        else:
            layer = FileLayer("the archive", self.blobs.path, 0, os.path.getsize(self.blobs.path))
        return Plan([layer], [None])

    def oci(self, platform: str | None) -> Plan:
        """An OCI layout: index.json → (index →) manifest → configuration and layers."""
        index = self.json(self.blobs.small["index.json"], "index.json")
        below: list[tuple[str | None, dict[str, Any]]] = []
        self.manifests(index, below, 0)
        manifest, chosen = self.choose(below, platform)
        plan = Plan(platform=chosen)
        plan.config = self.json(self.verified(manifest.get("config")), "configuration")
        plan.platform = chosen or _platform(plan.config)
        for descriptor in self.layer_list(manifest.get("layers")):
            digest = self.digest(descriptor)
            layer = self.blobs.layer(f"blobs/sha256/{digest}")
            if layer is None:
                raise ImageError(f"{self.path}: the layer sha256:{digest[:12]}… is missing; copy the whole image")
            plan.layers.append(layer)
            plan.digests.append(digest)
        return plan

    def manifests(self, index: dict[str, Any], below: list[tuple[str | None, dict[str, Any]]], depth: int) -> None:
        """Every image manifest below an index, with its platform; attestations are none."""
        if depth > 3:
            raise ImageError(f"{self.path}: its indexes are nested too deep")
        for descriptor in as_list(index.get("manifests"))[:1000]:
            self.budget.spend("manifests")
            if not isinstance(descriptor, dict) or _is_attestation(descriptor):
                continue
            platform = _platform(descriptor.get("platform"))
            if platform == "unknown/unknown":
                continue
            data = self.json(self.verified(descriptor), "manifest", missing_ok=True)
            if data is None:
                # A copy of one platform keeps the index of all.
                below.append((platform, {}))
            elif descriptor.get("mediaType") in _INDEX_TYPES or "manifests" in data:
                self.manifests(data, below, depth + 1)
            else:
                below.append((platform or self.platform_of(data), data))

    def platform_of(self, manifest: dict[str, Any]) -> str | None:
        config = self.json(self.verified(manifest.get("config")), "configuration", missing_ok=True)
        return _platform(config)

    def choose(
        self, manifests: list[tuple[str | None, dict[str, Any]]], platform: str | None
    ) -> tuple[dict[str, Any], str | None]:
        there = [(name, manifest) for name, manifest in manifests if manifest]
        names = ", ".join(dict.fromkeys(name or "unknown" for name, _ in there)) or "none"
        if platform is not None:
            fitting = [(manifest, name) for name, manifest in there if name is not None and _same(name, platform)]
            if not fitting:
                raise ImageError(f"{self.path}: has no image for {platform}; it has: {names}")
            return fitting[0]
        if not there:
            raise ImageError(f"{self.path}: its index names no image that is here")
        if len(there) > 1 and len({name for name, _ in there}) > 1:
            raise ImageError(f"{self.path}: holds images for {names}; choose one with --platform")
        return there[0][1], there[0][0]

    def docker(self, platform: str | None) -> Plan:
        """`docker save`: manifest.json names the configuration and the layers."""
        entries = self.json(self.blobs.small["manifest.json"], "manifest.json", wanted=list)
        if not entries or not isinstance(entries[0], dict):
            raise ImageError(f"{self.path}: its manifest.json names no image")
        plans = [self.docker_entry(entry) for entry in entries[:50] if isinstance(entry, dict)]
        there: list[tuple[str | None, dict[str, Any]]] = [(plan.platform, {"plan": plan}) for plan in plans]
        if platform is None and len(plans) > 1:
            return plans[0]
        return self.choose(there, platform)[0]["plan"]  # type: ignore[no-any-return]

    def docker_entry(self, entry: dict[str, Any]) -> Plan:
        plan = Plan()
        name = entry.get("Config")
        if not isinstance(name, str):
            raise ImageError(f"{self.path}: its manifest.json names no configuration")
        plan.config = self.json(self.small(name), "configuration")
        plan.platform = _platform(plan.config)
        for layer_name in self.layer_list(entry.get("Layers")):
            layer = self.blobs.layer(layer_name) if isinstance(layer_name, str) else None
            if layer is None:
                raise ImageError(f"{self.path}: the layer {short(str(layer_name))} is missing; save the whole image")
            plan.layers.append(layer)
            plan.digests.append(None)
        return plan

    def layer_list(self, value: object) -> list[Any]:
        descriptors = as_list(value)
        if len(descriptors) > MAX_LAYERS:
            raise ImageError(f"{self.path}: names more than {MAX_LAYERS} layers")
        return descriptors

    # --- blobs ------------------------------------------------------------------------------------------------

    def small(self, name: str) -> bytes:
        try:
            return self.blobs.blob(name)
        except OSError as error:
            raise ImageError(f"{self.path}: {short(name)} is missing; copy the whole image") from error

    def digest(self, descriptor: object) -> str:
        value = descriptor.get("digest") if isinstance(descriptor, dict) else None
        match = _DIGEST.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ImageError(f"{self.path}: its manifest names something by no sha256 digest")
        return match[1]

    def verified(self, descriptor: object) -> bytes | None:
        """A small blob with the digest that its descriptor names; None where it is not here."""
        digest = self.digest(descriptor)
        try:
            data = self.blobs.blob(f"blobs/sha256/{digest}")
        except OSError:
            return None
        if len(data) <= MAX_JSON and hashlib.sha256(data).hexdigest() != digest:
            raise ImageError(f"{self.path}: the blob sha256:{digest[:12]}… has not that digest: the image is damaged")
        return data

    def json(self, data: bytes | None, what: str, *, wanted: type = dict, missing_ok: bool = False) -> Any:
        if data is None:
            if missing_ok:
                return None
            raise ImageError(f"{self.path}: its {what} is missing; copy the whole image")
        if len(data) > MAX_JSON:
            raise ImageError(f"{self.path}: its {what} is larger than 4 MB")
        try:
            document = json.loads(data)
        except ValueError as error:
            raise ImageError(f"{self.path}: its {what} is no JSON: the image is damaged") from error
        if not isinstance(document, wanted):
            raise ImageError(f"{self.path}: its {what} has not the form that it should have")
        return document


def as_list(value: object) -> list[Any]:
    """A value that should be a list; empty where it is none."""
    return value if isinstance(value, list) else []


def _platform(value: object) -> str | None:
    """ "linux/arm64" of a platform object or a configuration; variants (v8) are left out."""
    if not isinstance(value, dict) or not isinstance(value.get("architecture"), str):
        return None
    return redact(f"{value.get('os') or 'linux'}/{value['architecture']}")


def _is_attestation(descriptor: dict[str, Any]) -> bool:
    annotations = descriptor.get("annotations")
    return isinstance(annotations, dict) and "vnd.docker.reference.type" in annotations


def _same(name: str, platform: str) -> bool:
    return name == "/".join(platform.split("/")[:2])


def short(name: str) -> str:
    """A name as a message shows it."""
    return name if len(name) <= 40 else f"{name[:36]}…"
