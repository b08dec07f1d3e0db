"""The file and its statements: sections 6, 8.1 and 8.2 of docs/format.md."""

from signed import Refused, read, sha256, verified

MAGIC = b"chaperone-bundle 1\n"
MAX_SECTIONS = 512
# Kinds in the order of the table, and those of which there may be several.
KEY_SET, OPENING, DEVICE, SEGMENTS, RECEIPT, HEARTBEAT, CLOSING, CLOSING_RECEIPT = 1, 2, 8, 3, 4, 5, 6, 7
CONTENT, FILM = 9, 10
ORDER = [KEY_SET, OPENING, DEVICE, SEGMENTS, RECEIPT, HEARTBEAT, CLOSING, CLOSING_RECEIPT, CONTENT, FILM]
MANY = {KEY_SET, SEGMENTS, RECEIPT}


def finding(code, words, track=None, first=None, last=None, from_ms=None, to_ms=None):
    return {
        "code": code,
        "track": track,
        "first": first,
        "last": last,
        "from_ms": from_ms,
        "to_ms": to_ms,
        "words": words,
    }


def layout(data):
    """The sections that are taken, as (kind, start, end), and what is wrong with the file's form."""
    sections, findings = [], []
    at, heads, last = len(MAGIC), 0, None
    while at < len(data):
        if heads == MAX_SECTIONS:
            findings.append(finding("layout", "too many sections"))
            break
        if len(data) - at < 9:
            findings.append(finding("truncated", "bytes behind the last section"))
            break
        heads += 1
        kind, length = data[at], int.from_bytes(data[at + 1 : at + 9], "big")
        start, end = at + 9, at + 9 + length
        whole = end <= len(data)
        if kind not in ORDER:
            findings.append(finding("layout", f"unknown kind {kind} at byte {at}"))
        elif (
            (last is not None and ORDER.index(kind) < ORDER.index(last))
            or (kind == last and kind not in MANY)
            or length == 0
            or (kind in (DEVICE, CONTENT) and length != 32)
            or (kind not in (SEGMENTS, FILM) and length > 256 * 1024)
        ):
            findings.append(finding("layout", f"the section at byte {at} cannot stand there"))
        elif whole or kind == SEGMENTS:
            sections.append((kind, start, min(end, len(data))))
            last = kind
        if not whole:
            findings.append(finding("truncated", f"the section at byte {at} goes beyond the end"))
            break
        at = end
    return sections, findings


class Announced:
    """What statements say of how far a track came."""

    def __init__(self):
        self.count = 0
        self.heads = []

    def head(self, head):
        self.count = max(self.count, head["count"])
        self.heads.append((head["count"], head["hash"]))

    def contradicts(self, count, link):
        return any(said == count and hash != link for said, hash in self.heads)


class Statements:
    """All statements of one bundle."""

    def __init__(self, root, known):
        self.root = root
        self.sets = [self.key_set(one) for one in known]
        self.version = None
        self.opening = None
        self.link = None
        self.device = None
        self.content = None
        self.announced = {}
        self.received = {}
        self.heartbeat = None
        self.ended = None
        self.closing = None
        self.ends = {}
        self.closed_ms = None
        self.whole_ms = None
        self.findings = []

    def key_set(self, data):
        _, claimed = read("key-set", data)
        if sha256(claimed["root"]) != self.root:
            raise Refused("key set of another root")
        fields = verified("key-set", data, claimed["root"])
        if len(fields["keys"]) > 256:
            raise Refused("too many keys")
        return fields

    def take(self, kind, data):
        """Judges one section that is not of segments."""
        codes = {
            KEY_SET: ("key-set", self.take_key_set),
            OPENING: ("opening", self.take_opening),
            DEVICE: ("device-key", self.take_device),
            RECEIPT: ("receipt", self.take_receipt),
            HEARTBEAT: ("heartbeat", self.take_heartbeat),
            CLOSING: ("closing", self.take_closing),
            CLOSING_RECEIPT: ("closing-receipt", self.take_closing_receipt),
            CONTENT: ("content", self.take_content),
        }
        if kind not in (KEY_SET, OPENING) and self.opening is None:
            return
        code, judge = codes[kind]
        try:
            judge(data)
        except Refused as refused:
            self.findings.append(finding(code, str(refused)))

    def end(self):
        """What the bundle lacks."""
        if self.opening is None:
            if not any(found["code"] == "opening" for found in self.findings):
                self.findings.append(finding("opening", "there is none"))
            return
        if self.ended is None:
            self.findings.append(finding("unclosed", "neither closing nor recovery record"))
        if self.ended == "recovered":
            self.findings.append(finding("recovered", "closed by the device, later"))
            if self.heartbeat is None:
                self.findings.append(finding("unannounced", "recovered, and no heartbeat"))
        if self.whole_ms is None:
            self.findings.append(finding("unreceipted", "no closing receipt"))

    def take_key_set(self, data):
        fields = self.key_set(data)
        self.sets.append(fields)
        before, self.version = self.version, fields["version"]
        if before is not None and before >= self.version:
            raise Refused("the versions do not ascend")

    def of_server(self, kind, data, role, time):
        key_id, claimed = read(kind, data)
        at = claimed[time]
        if any(key_id in one["revoked"] for one in self.sets):
            raise Refused(f"{kind} is signed by a key that was revoked")
        for one in self.sets:
            for entry in one["keys"]:
                names = entry["role"] == role and sha256(entry["key"]) == key_id
                if names and entry["from_ms"] <= at < entry["until_ms"] and at < one["expires_ms"]:
                    return verified(kind, data, entry["key"])
        raise Refused(f"{kind} is signed by a key that no key set names")

    def take_opening(self, data):
        fields = self.of_server("opening-record", data, "launch", "opened_ms")
        tracks = [plan["track"] for plan in fields["tracks"]]
        if fields["format"] != 1 or len(set(tracks)) != len(tracks) or len(tracks) > 64:
            raise Refused("opening record of another format, or with impossible tracks")
        self.opening, self.link = fields, sha256(data)
        self.announced = {track: Announced() for track in tracks}

    def own(self, fields):
        if fields["session"] != self.opening["session"]:
            raise Refused("of another session")

    def planned(self, heads):
        if any(head["track"] not in self.announced for head in heads):
            raise Refused("names a track that was not planned")

    def announce(self, heads):
        self.planned(heads)
        for head in heads:
            self.announced[head["track"]].head(head)

    def take_device(self, data):
        if sha256(data) != self.opening["device"]:
            raise Refused("another device's key")
        self.device = bytes(data)

    def take_content(self, data):
        self.content = bytes(data)

    def take_receipt(self, data):
        fields = self.of_server("receipt", data, "receipt", "server_ms")
        self.own(fields)
        track = fields["head"]["track"]
        if fields["epoch"] < self.opening["epoch"] or any(before >= track for before in self.received):
            raise Refused("receipt of an older store, or out of order")
        self.announce([fields["head"]])
        announced = self.announced[track]
        announced.count = max([announced.count] + [min(one["last"] + 1, 2**64 - 1) for one in fields["above"]])
        self.received[track] = fields["server_ms"]

    def take_heartbeat(self, data):
        fields = verified("heartbeat", data, self.opening["session_key"])
        self.own(fields)
        self.announce(fields["heads"])
        self.heartbeat = fields

    def take_closing(self, data):
        try:
            read("recovery-record", data)
            is_recovery = True
        except Refused:
            is_recovery = False
        if is_recovery:
            if self.device is None:
                raise Refused("the device's key is not known")
            fields = verified("recovery-record", data, self.device)
            if fields["device"] != self.opening["device"] or fields["opening"] != self.link:
                raise Refused("recovery record of another device or opening record")
        else:
            fields = verified("closing-record", data, self.opening["session_key"])
        self.own(fields)
        heads = [end["head"] for end in fields["ends"]]
        if sorted(head["track"] for head in heads) != sorted(self.announced):
            raise Refused("does not name each planned track once")
        self.announce(heads)
        self.ends = {end["head"]["track"]: end for end in fields["ends"]}
        self.ended = "recovered" if is_recovery else fields["reason"]
        self.closed_ms = None if is_recovery else fields["at_ms"]
        self.closing = sha256(data), heads

    def take_closing_receipt(self, data):
        fields = self.of_server("closing-receipt", data, "receipt", "server_ms")
        self.own(fields)
        if fields["epoch"] < self.opening["epoch"]:
            raise Refused("closing receipt of an older store")
        self.announce(fields["heads"])

        def told(heads):
            return sorted((head["track"], head["count"], head["hash"]) for head in heads)

        if self.closing is None or self.closing[0] != fields["closing"]:
            raise Refused("closing receipt for another record")
        if told(self.closing[1]) != told(fields["heads"]):
            raise Refused("closing receipt with other heads than the record's")
        self.whole_ms = fields["server_ms"]
