#!/usr/bin/env python3
"""A second verifier, written from docs/format.md alone: the same verbs, exit codes and JSON as chaperone-verify.

    verify.py --root FINGERPRINT [--key-set FILE]... [--audit FILE [--audit-heads FILE]...] [--json] BUNDLE...

It needs python3-cbor2 and python3-cryptography. It shares no line with the other one, so that where both find the same
the page says what it means.
"""

import argparse
import json
import mmap
import os
import sys
import uuid

import audit
import film
import segments
from signed import Refused
from statements import FILM, MAGIC, SEGMENTS, Statements, layout

NAMED = {"gap", "recovered", "empty"}
MAX_FINDINGS = 1000
VERDICTS = ["complete", "gaps", "broken"]


def contents(path):
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def judged(path, root, known, log):
    """One bundle's line."""
    data = contents(path)
    if data[: len(MAGIC)] != MAGIC:
        raise Refused("not a bundle")
    statements = Statements(root, known)
    sections, statements.findings = layout(data)
    for kind, start, end in sections:
        if kind not in (SEGMENTS, FILM):
            statements.take(kind, data[start:end])
    statements.end()
    opening, tracks, shown = statements.opening, [], None
    if opening is not None:
        shown = film.of(data, sections, statements)
    if opening is not None:
        of_segments = [(start, end) for kind, start, end in sections if kind == SEGMENTS]
        tracks = segments.judge(data, of_segments, statements, shown)

    if shown is not None:
        shown.end()

    def order(found):
        return [(-1 if found[key] is None else found[key]) for key in ("track", "from_ms", "first")], found["code"]

    findings = sorted(statements.findings, key=order)
    codes = {found["code"] for found in findings}
    exit_code = 0 if not codes else 1 if codes <= NAMED else 2
    line = {
        "bundle": path,
        "session": opening and str(uuid.UUID(bytes=opening["session"])),
        "user": opening and opening["user_name"],
        "secret": opening and opening["secret_name"],
        "target": opening and opening["target"],
        "witness": opening and {"kind": "workstation", "device": opening["device"].hex()},
        "ended": statements.ended,
        "not_before_ms": opening and opening["opened_ms"],
        "not_after_ms": statements.whole_ms,
        "key_set": max((one["version"] for one in statements.sets), default=None),
        "tracks": [track.told() for track in tracks],
        "findings": findings[:MAX_FINDINGS],
        "findings_left_out": max(len(findings) - MAX_FINDINGS, 0),
    }
    if log is not None and opening is not None:
        line["audit"] = log.standing(line["session"], statements.link.hex())
        if line["audit"] != "stands":
            exit_code = 2
    return line | {"exit": exit_code, "verdict": VERDICTS[exit_code]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.error = lambda message: (print(f"verify.py: {message}", file=sys.stderr), sys.exit(3))
    parser.add_argument("--root", required=True)
    parser.add_argument("--key-set", action="append", default=[])
    parser.add_argument("--audit")
    parser.add_argument("--audit-heads", action="append", default=[])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("bundles", nargs="+")
    given = parser.parse_args()
    try:
        root = bytes.fromhex("".join(given.root.split()))
        if len(root) != 32:
            raise ValueError
    except ValueError:
        parser.error("--root: not 64 hex digits")

    worst = 0
    try:
        known = [contents(path)[:] for path in given.key_set]
        for one in known:
            Statements(root, [one])
        log = audit.Log(given.audit, given.audit_heads, root, known) if given.audit else None
    except (OSError, Refused) as error:
        print(f"verify.py: {error}", file=sys.stderr)
        sys.exit(2)
    for path in given.bundles:
        try:
            line = judged(path, root, known, log)
        except (OSError, Refused) as error:
            line = {"bundle": path, "exit": 2, "verdict": "broken", "error": str(error)}
        worst = max(worst, line["exit"])
        print(json.dumps(line) if given.json else told(line))
    if log is not None:
        worst = 2 if log.absent() else worst
        print(json.dumps(log.told()))
    sys.exit(worst)


def told(line):
    """The same for people, short."""
    out = [f"{line['bundle']}: {line['verdict']} {line.get('error', '')}".rstrip()]
    for found in line.get("findings", []):
        shown = {key: value for key, value in found.items() if value is not None}
        out.append("  " + ", ".join(f"{key} {value}" for key, value in shown.items()))
    return "\n".join(out)


if __name__ == "__main__":
    main()
