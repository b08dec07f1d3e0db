"""The exported audit log and its signed heads: section 9 of docs/format.md."""

import binascii
import json
from hashlib import sha256

from signed import Refused, read
from statements import Statements

FIELDS = {"line", "at_ms", "actor", "action", "subject", "detail", "previous", "hash"}


class Log:
    """The sessions of a log whose chain is unbroken, and how far it is signed."""

    def __init__(self, path, kept, root, known):
        self.opened = {}
        self.seen = set()
        self.keys = Statements(root, known)
        self.number, self.last = 0, bytes(32)
        self.heads, self.signed_lines, self.signed_ms = 0, 0, None
        self.kept = {}
        for name in kept:
            self.keep(name)
        with open(path, encoding="utf-8", newline="\n") as file:
            if file.readline() != "chaperone-audit 1\n":
                raise Refused("not an audit log")
            for text in file:
                self.take(text)
        if self.kept:
            raise Refused(f"audit log ends at line {self.number}, a head kept elsewhere names {max(self.kept)}")

    def keep(self, path):
        """Heads that were kept away from the server, by the line they name."""
        with open(path, encoding="utf-8", newline="\n") as file:
            for text in file:
                try:
                    line = json.loads(text)
                    if set(line) != {"head"}:
                        raise ValueError("other fields")
                    data = binascii.unhexlify(line["head"])
                except (ValueError, TypeError) as error:
                    raise Refused(f"not a file of audit heads: {error}") from error
                self.kept.setdefault(read("audit-head", data)[1]["lines"], []).append(data)

    def take(self, text):
        try:
            line = json.loads(text)
            if set(line) == {"key_set"}:
                if self.number > 0:
                    raise ValueError("a key set behind a line")
                self.keys.sets.append(self.keys.key_set(binascii.unhexlify(line["key_set"])))
            elif set(line) == {"head"}:
                self.judge(binascii.unhexlify(line["head"]))
            elif set(line) == FIELDS:
                self.follow(line)
                for data in self.kept.pop(self.number, []):
                    self.judge(data)
            else:
                raise ValueError("other fields")
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise Refused(f"audit log, behind line {self.number}: {error}") from error

    def judge(self, data):
        """A head must be signed by an audit key and name the line before it."""
        head = self.keys.of_server("audit-head", data, "audit", "server_ms")
        if head["lines"] == 0 or (head["lines"], head["hash"]) != (self.number, self.last):
            raise ValueError("a head that was signed of another log")
        self.heads += 1
        self.signed_lines = max(self.signed_lines, head["lines"])
        self.signed_ms = max(self.signed_ms or 0, head["server_ms"])

    def follow(self, line):
        digest = sha256(b"chaperone audit line v1" + self.last)
        digest.update(line["line"].to_bytes(8, "big") + line["at_ms"].to_bytes(8, "big"))
        for field in ("actor", "action", "subject", "detail"):
            said = line[field].encode()
            digest.update(len(said).to_bytes(4, "big") + said)
        number = self.number + 1
        if (line["line"], line["previous"], line["hash"]) != (number, self.last.hex(), digest.hexdigest()):
            raise ValueError("the chain is broken")
        if line["action"] == "ticket-redeemed":
            self.opened[line["subject"]] = json.loads(line["detail"])["opening"], number, line["at_ms"]
        self.number, self.last = number, digest.digest()

    def standing(self, session, link):
        """What the log says of a session with this first link; crosses it off."""
        self.seen.add(session)
        if session not in self.opened:
            return "unknown"
        return "stands" if self.opened[session][0] == link else "other-opening"

    def absent(self):
        """The sessions that were not crossed off, by their lines."""
        rest = [(number, session, at) for session, (_, number, at) in self.opened.items() if session not in self.seen]
        return [{"session": session, "line": number, "opened_ms": at} for number, session, at in sorted(rest)]

    def told(self):
        """Its line after those of the bundles."""
        return {
            "absent": self.absent(),
            "lines": self.number,
            "heads": self.heads,
            "signed_lines": self.signed_lines,
            "signed_ms": self.signed_ms,
        }
