"""The segments of a bundle: section 8.3 of docs/format.md."""

import cbor2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from signed import Refused, header, sha256, verified
from statements import finding

MAX_HEADER = 16 * 1024
SLACK_MS = 1000
U64_MAX = 2**64 - 1


def proven(data, start, end, session, key):
    """Goes through a section: yields (header, link, payload, damage before), last of all whether damage is left.

    The payload is None where it does not fit.
    """
    at, damage = start, False
    while at < end:
        found = segment(data, at, end, session, key)
        if found is None:
            at, damage = at + 1, True
            continue
        fields, link, payload, length = found
        sealed = data[payload : payload + length] if payload + length <= end else None
        if sealed is not None and fields["body"][0] == "media" and sha256(sealed) != fields["body"][1][0]["sealed"]:
            sealed = None
        yield fields, link, sealed, damage
        damage = False
        at = payload + length
    yield damage


def segment(data, at, end, session, key):
    """The proven segment that begins here, if one does."""
    length = int.from_bytes(data[at : at + 4], "big")
    # A signed statement begins with tag 18 and an array of four; most damage shows here.
    if length > MAX_HEADER or at + 4 + length > end or data[at + 4 : at + 6] != b"\xd2\x84":
        return None
    signed = data[at + 4 : at + 4 + length]
    try:
        fields, payload = header(signed)
        if fields["session"] != session:
            return None
        verified("segment-header", signed, key)
    except Refused:
        return None
    return fields, sha256(signed), at + 4 + length, payload


class Track:
    """One planned track."""

    def __init__(self, number, kind, statements):
        self.number = number
        self.kind = kind
        self.statements = statements
        self.announced = statements.announced[number]
        self.next = 0
        self.link = statements.link
        self.before = (0, 0)
        self.count = 0
        self.gaps = 0
        self.holes = False
        self.gap = None

    def note(self, code, words, numbers=(None, None), stretch=(None, None)):
        found = finding(code, words, self.number, *numbers, *stretch)
        self.statements.findings.append(found)
        return found

    def take(self, fields, link, sealed, damage, film):
        number, start = fields["number"], fields["start_ms"]
        stretch = start, min(start + fields["duration_ms"], U64_MAX)
        own = (number, number), stretch
        before, end = self.before
        if number < self.next:
            self.note("out-of-order", "behind a later one, or twice", *own)
            return
        follows = number == self.next
        if not follows:
            code = "altered" if damage else "missing"
            self.note(code, "not there", (self.next, number - 1), (end, start))
        elif damage:
            self.note("altered", "something between two segments", stretch=(end, start))
        if follows and self.link != fields["previous"]:
            self.note("unlinked", "does not follow", (max(number - 1, 0), number), (before, stretch[1]))
        if start < end:
            self.note("overlapping", "begins too early", *own)
        elif follows and number > 0 and start > end + SLACK_MS:
            self.note("unnamed", "in no segment", stretch=(end, start))
        plain = None
        if sealed is None:
            self.note("payload", "another payload", *own)
        elif fields["body"][0] == "media" and self.statements.content is not None:
            plain = opened(fields, sealed, self.statements.content)
            if plain is None:
                self.note("content", "does not open", *own)
        if self.announced.contradicts(number + 1, link):
            self.note("head", "another segment was announced", *own)
        self.take_gap(fields, number, stretch, follows)
        if film is not None and film.track == self.number:
            film.take(fields, plain, self.next, end, stretch)
        self.holes |= not follows
        self.count += 1
        self.next, self.link, self.before = number + 1, link, stretch

    def take_gap(self, fields, number, stretch, follows):
        name, content = fields["body"]
        if name != "gap":
            self.gap = None
            return
        self.gaps += 1
        if self.gap is not None and self.gap["words"] == content[0] and follows:
            self.gap["last"], self.gap["to_ms"] = number, stretch[1]
        else:
            self.gap = self.note("gap", content[0], (number, number), stretch)

    def end(self, damage):
        said, end = self.statements, self.before[1]
        spoken = [one for one in (said.closed_ms, said.heartbeat and said.heartbeat["at_ms"]) if one is not None]
        latest = max(spoken + [end]) if spoken else None
        lacks = self.announced.count > self.next
        absent = (self.next, self.announced.count - 1), (end, latest)
        if damage and lacks:
            self.note("altered", "no segments", *absent)
        elif damage and said.ended is not None:
            self.note("altered", "something behind the last segment", stretch=(end, end))
        elif damage:
            self.note("altered", "no segments", (self.next, None), (end, latest))
        elif lacks:
            self.note("missing", "announced", *absent)
        closed = said.ends.get(self.number)
        if closed is not None:
            self.compare(closed, self.holes or lacks)
        if self.announced.contradicts(0, said.link):
            self.note("head", "begins elsewhere")
        if self.count > 0 and self.number not in said.received:
            self.note("unreceipted", "no receipt")
        if self.next == 0 and self.announced.count == 0 and not damage:
            self.note("empty", "nothing recorded")

    def compare(self, closed, holes):
        begin, end = self.before
        count = closed["head"]["count"]
        if self.next > count:
            start = begin if self.next == count + 1 else 0
            self.note("surplus", "beyond the end", (count, self.next - 1), (start, end))
            return
        if holes:
            return
        if closed["gaps"] != self.gaps:
            self.note("gap-count", "other gaps")
        closed_ms = self.statements.closed_ms
        if self.count > 0 and closed_ms is not None and closed_ms > end + SLACK_MS:
            self.note("unnamed", "went on unrecorded", stretch=(end, closed_ms))

    def told(self):
        return {
            "track": self.number,
            "kind": self.kind,
            "segments": self.count,
            "end_ms": self.before[1],
            "gaps": self.gaps,
            "received_ms": self.statements.received.get(self.number),
        }


def opened(fields, sealed, key):
    """The plain payload, if it opens to what the header names: section 1.2."""
    media = fields["body"][1][0]
    nonce = fields["track"].to_bytes(4, "big") + fields["number"].to_bytes(8, "big")
    names = ("session", "track", "number", "previous")
    context = {number: fields[name] for number, name in enumerate(names)} | {4: media["plain"]}
    try:
        plain = ChaCha20Poly1305(key).decrypt(nonce, sealed, cbor2.dumps(context, canonical=True))
    except InvalidTag:
        return None
    return plain if sha256(plain) == media["plain"] else None


def judge(data, sections, statements, film):
    """Goes through all sections of segments, and returns the planned tracks by number."""
    opening = statements.opening
    tracks = {plan["track"]: Track(plan["track"], plan["kind"], statements) for plan in opening["tracks"]}
    done, last, strange = {}, None, False
    for start, end in sections:
        track, aside, damage = None, False, False
        for found in proven(data, start, end, opening["session"], opening["session_key"]):
            if type(found) is bool:
                damage |= found
                continue
            fields, link, sealed, before = found
            if track is None and not aside:
                number = fields["track"]
                if number in tracks and (last is None or number > last):
                    track, last = tracks[number], number
                else:
                    aside = True
                    statements.findings.append(finding("misplaced", "has no place here", number))
            if aside:
                continue
            if fields["track"] != track.number:
                damage = True
                continue
            track.take(fields, link, sealed, before or damage, film)
            damage = False
        if track is not None:
            done[track.number] = damage
        elif not aside:
            strange = True
    for number, track in tracks.items():
        track.end(done.get(number, strange))
    if strange:
        statements.findings.append(finding("altered", "a section without a proven segment"))
    return [tracks[number] for number in sorted(tracks)]
