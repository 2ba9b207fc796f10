"""How publishers' own files become tables of names."""

from __future__ import annotations

from scripts import read_names

FILE = """\
Maintainers: Somebody <somebody@example.org>
GitRepo: https://example.org/db.git

Tags: 8.1.2, 8.1, 8, latest
Architectures: amd64, arm64v8
Directory: 8

Tags: 8.1.2-debian, 8.1-debian
Directory: 8

Tags: 5.7.1, 5.7, 5, 5-rc
Architectures: amd64,
 i386
Directory: 5
"""


def test_tags_of_amd64_alone_become_the_shortest_prefixes() -> None:
    assert list(read_names.official_images([("db", FILE)])) == ["db 5 8.1-debian 8.1.2-debian"]


def test_a_tag_that_had_arm_once_is_no_tag_of_amd64_alone() -> None:
    earlier = FILE.replace("i386", "arm64v8")
    assert list(read_names.official_images([("db", earlier), ("db", FILE)])) == ["db 8.1-debian 8.1.2-debian"]


def test_a_tag_in_the_midst_of_others_is_named_alone() -> None:
    assert read_names.shortened(["8.0"], ["8.0.1", "8"]) == ["=8.0"]


def test_an_image_without_arm_and_the_form_of_the_first_years() -> None:
    old = "# maintainer: Somebody\n\n1.0: git://example.org/old@0123 1.0\nlatest: git://example.org/old@0123 1.0\n"
    assert list(read_names.official_images([("old", old)])) == ["old *"]


def test_packages_by_release_and_architecture() -> None:
    def listed(own: set[str], provided: dict[str, set[str]] | None = None) -> object:
        return read_names.Listed(own, provided or {})

    both = {"curl", "old-lib"}
    packages = {
        ("bullseye", "amd64"): listed({*both, "gazebo", "netcat"}),
        ("bullseye", "arm64"): listed({*both, "netcat"}),
        ("bookworm", "amd64"): listed({*both, "gazebo"}, {"netcat": {"netcat-openbsd", "netcat-traditional"}}),
        ("bookworm", "arm64"): listed(both, {"netcat": {"netcat-openbsd", "netcat-traditional"}}),
        ("trixie", "amd64"): listed({"curl", "new", "new-lib"}, {"old-lib": {"new-lib"}}),
        ("trixie", "arm64"): listed({"curl", "new", "new-lib"}, {"old-lib": {"new-lib"}}),
    }
    assert list(read_names.debian(packages)) == ["gazebo xx-", "netcat a--"]
