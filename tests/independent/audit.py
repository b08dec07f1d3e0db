"""The exported audit log: section 9 of docs/format.md."""

import json
from hashlib import sha256

from signed import Refused

FIELDS = {"line", "at_ms", "actor", "action", "subject", "detail", "previous", "hash"}


class Log:
    """The sessions of a log whose chain is unbroken."""

    def __init__(self, path):
        self.opened = {}
        self.seen = set()
        with open(path, encoding="utf-8", newline="\n") as file:
            if file.readline() != "chaperone-audit 1\n":
                raise Refused("not an audit log")
            previous = bytes(32)
            for number, text in enumerate(file, 1):
                previous = self.take(number, text, previous)

    def take(self, number, text, previous):
        try:
            line = json.loads(text)
            if set(line) != FIELDS:
                raise ValueError("other fields")
            digest = sha256(b"chaperone audit line v1" + previous)
            digest.update(line["line"].to_bytes(8, "big") + line["at_ms"].to_bytes(8, "big"))
            for field in ("actor", "action", "subject", "detail"):
                said = line[field].encode()
                digest.update(len(said).to_bytes(4, "big") + said)
            told = line["line"], line["previous"], line["hash"]
            if told != (number, previous.hex(), digest.hexdigest()):
                raise ValueError("the chain is broken")
            if line["action"] == "ticket-redeemed":
                self.opened[line["subject"]] = json.loads(line["detail"])["opening"], number, line["at_ms"]
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise Refused(f"audit log, line {number}: {error}") from error
        return digest.digest()

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
