"""A plan as JSON, `stackcheck-plan/1` (matrices/plan.schema.json)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stackcheck import versions
from stackcheck.about import VERSION
from stackcheck.plan.values import PYPI

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackcheck.plan.values import Conflict, Lock, Member, Plan

SCHEMA = "stackcheck-plan/1"


def render(plan: Plan) -> str:
    """The plan as a document that ends in a newline."""
    return json.dumps(document(plan), indent=2, ensure_ascii=False) + "\n"


def render_all(plans: Sequence[Plan]) -> str:
    """Several plans as one document, `stackcheck-plans/1`: its `plans` are those of the targets in their order."""
    every = {"schema": "stackcheck-plans/1", "plans": [document(plan) for plan in plans]}
    return json.dumps(every, indent=2, ensure_ascii=False) + "\n"


def document(plan: Plan) -> dict[str, Any]:
    """The plan as plain values; what is empty is there all the same."""
    return {
        "schema": SCHEMA,
        "stackcheck": VERSION,
        "matrix": plan.matrix,
        "records": list(plan.read),
        "subject": plan.subject,
        "found": plan.conflict is None,
        "python": {"series": plan.python, "why": plan.python_why} if plan.python else None,
        "members": [_member(member) for member in plan.members],
        "brought": {"names": list(plan.brought), "built": list(plan.built), "no-record": list(plan.no_record)},
        "left-out": [{"name": one.name, "reason": one.reason, "instead": one.instead} for one in plan.left_out],
        "not-chosen": [
            {"name": one.name, "version": one.version, "index": one.index, "reason": one.reason}
            for one in plan.not_chosen
        ],
        "moves": [
            {"name": one.name, "before": one.before, "after": one.after, "stays": one.stays} for one in plan.moves
        ],
        "warnings": list(plan.remarks),
        "not-known": {"wishes": list(plan.unknown_wishes), "facts": list(plan.unknown)},
        "steps": [{"text": step.text, "commands": list(step.commands)} for step in plan.steps],
        "other-ways": [{"text": step.text, "commands": list(step.commands)} for step in plan.ways],
        "lock": None if plan.lock is None else _locked(plan.lock),
        "written": list(plan.written),
        "conflict": None if plan.conflict is None else _conflict(plan.conflict),
    }


def _locked(lock: Lock) -> dict[str, Any]:
    pins = [{"name": name, "version": version} for name, version in lock.pins]
    return {"releases": pins, "refused": list(lock.refused), "not-locked": list(lock.left)}


def _member(member: Member) -> dict[str, Any]:
    url = versions.index_url(member.index) if member.index not in ("", PYPI) else None
    return {
        "subject": member.subject,
        "distribution": member.distribution or None,
        "title": member.title,
        "version": member.version,
        "extras": list(member.extras),
        "index": member.index or None,
        "index-url": url,
        "cuda": member.cuda,
        "why": member.why,
        "wish": member.wish,
        "built": member.source,
        "container": member.container,
    }


def _conflict(conflict: Conflict) -> dict[str, Any]:
    return {
        "group": list(conflict.group),
        "chains": list(conflict.chains),
        "nearest": [{"change": change, "members": list(members)} for change, members in conflict.nearest],
        "gave-up": conflict.gave_up,
    }
