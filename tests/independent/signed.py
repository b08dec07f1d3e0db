"""Canonical CBOR, signed statements and their shapes: sections 1, 2 and 4 of docs/format.md."""

import hashlib

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAX_SIGNED = 256 * 1024
MAX_NUMBER = 4_294_967_295
MAX_PAYLOAD = 32 * 1024 * 1024


class Refused(Exception):
    """Bytes are not what they should be."""


def sha256(data):
    return hashlib.sha256(data).digest()


def canonical(data):
    """The one value these bytes are the deterministic encoding of."""
    try:
        value = cbor2.loads(data)
        again = cbor2.dumps(value, canonical=True)
    except Exception as error:  # cbor2 raises many kinds on hostile bytes
        raise Refused(f"not CBOR: {error}") from error
    if again != bytes(data):
        raise Refused("not in deterministic encoding")
    return value


# Shapes: functions that take a decoded value and raise, or return it with fields named.


def unsigned(bits):
    def check(value):
        if type(value) is not int or not 0 <= value < 1 << bits:
            raise Refused("not an unsigned integer in range")
        return value

    return check


def raw(length):
    def check(value):
        if type(value) is not bytes or len(value) != length:
            raise Refused(f"not {length} bytes")
        return value

    return check


def some_bytes(value):
    if type(value) is not bytes:
        raise Refused("not bytes")
    return value


def text(value):
    if type(value) is not str:
        raise Refused("not text")
    return value


def one_of(names):
    def check(value):
        if type(value) is not int or not 0 <= value < len(names):
            raise Refused("not in the list")
        return names[value]

    return check


def listed(shape):
    def check(value):
        if type(value) is not list:
            raise Refused("not a list")
        return [shape(one) for one in value]

    return check


def structure(*fields):
    """Fields by number: (name, shape), or (name, shape, None) where the field may be absent."""

    def check(value):
        if type(value) is not dict or any(type(key) is not int or not 0 <= key < len(fields) for key in value):
            raise Refused("not the structure")
        out = {}
        for number, (name, shape, *optional) in enumerate(fields):
            if number in value:
                out[name] = shape(value[number])
            elif optional:
                out[name] = None
            else:
                raise Refused(f"{name} is absent")
        return out

    return check


def choice(*variants):
    """Variants by number: (name, shapes of its fields)."""

    def check(value):
        if type(value) is not list or len(value) != 2 or type(value[0]) is not int or type(value[1]) is not list:
            raise Refused("not a choice")
        number, fields = value
        if not 0 <= number < len(variants) or len(fields) != len(variants[number][1]):
            raise Refused("not one of the variants")
        name, shapes = variants[number]
        return name, [shape(field) for shape, field in zip(shapes, fields)]

    return check


U16, U32, U64 = unsigned(16), unsigned(32), unsigned(64)
HASH, KEY, ID, NONCE = raw(32), raw(32), raw(16), raw(16)
ROLES = ["tls", "launch", "receipt", "recording", "audit"]
KINDS = ["video", "stills"]
CAUSES = [
    "asleep",
    "capture-stopped",
    "permission-lost",
    "screen-locked",
    "encoder-failed",
    "target-gone",
    "recorder-lost",
    "not-running",
]
REASONS = [
    "client-exited",
    "user-ended",
    "server-lost",
    "record-stalled",
    "capture-lost",
    "ended-by-operator",
    "launcher-lost",
    "window-missing",
    "client-failed",
    "ticket-reused",
    "storage-full",
    "user-withdrawn",
    "device-withdrawn",
    "right-withdrawn",
    "server-policy",
]
HEAD = structure(("track", U32), ("count", U64), ("hash", HASH))
TRACK_END = structure(("head", HEAD), ("gaps", U64))

STATEMENTS = {
    "key-set": structure(
        ("version", U64),
        ("root", KEY),
        ("issued_ms", U64),
        ("expires_ms", U64),
        ("keys", listed(structure(("role", one_of(ROLES)), ("key", KEY), ("from_ms", U64), ("until_ms", U64)))),
        ("revoked", listed(HASH)),
    ),
    "opening-record": structure(
        ("format", U16),
        ("session", ID),
        ("origin", text),
        ("user", ID),
        ("user_name", text),
        ("secret", ID),
        ("secret_name", text),
        ("target", text),
        ("device", HASH),
        ("session_key", KEY),
        ("tracks", listed(structure(("track", U32), ("kind", one_of(KINDS))))),
        ("policy", HASH),
        ("notice", HASH, None),
        ("recording_keys", listed(KEY)),
        ("epoch", U64),
        ("opened_ms", U64),
    ),
    "segment-header": structure(
        ("format", U16),
        ("session", ID),
        ("track", U32),
        ("number", U64),
        ("previous", HASH),
        ("start_ms", U64),
        ("duration_ms", U32),
        ("wall_ms", U64),
        (
            "body",
            choice(
                ("media", [structure(("plain", HASH), ("sealed", HASH), ("length", U32))]),
                ("unchanged", []),
                ("gap", [one_of(CAUSES)]),
            ),
        ),
        ("heard", NONCE, None),
        ("keys", listed(structure(("recipient", HASH), ("wrapped", some_bytes))), None),
    ),
    "heartbeat": structure(
        ("session", ID), ("nonce", NONCE), ("at_ms", U64), ("heads", listed(HEAD)), ("shown", U64, None)
    ),
    "receipt": structure(
        ("session", ID),
        ("head", HEAD),
        ("above", listed(structure(("first", U64), ("last", U64)))),
        ("epoch", U64),
        ("server_ms", U64),
    ),
    "closing-record": structure(
        ("session", ID),
        ("reason", one_of(REASONS)),
        ("at_ms", U64),
        ("wall_ms", U64),
        ("ends", listed(TRACK_END)),
        ("loss", structure(("heard", U64), ("asked", U64), ("killed", U64, None), ("gone", U64)), None),
    ),
    "recovery-record": structure(
        ("session", ID), ("device", HASH), ("opening", HASH), ("ends", listed(TRACK_END)), ("wall_ms", U64)
    ),
    "audit-head": structure(("lines", U64), ("hash", HASH), ("epoch", U64), ("server_ms", U64)),
    "closing-receipt": structure(
        ("session", ID), ("closing", HASH), ("heads", listed(HEAD)), ("epoch", U64), ("server_ms", U64)
    ),
}


def read(kind, data):
    """A statement whose signature is not checked yet: the id of the key it names, and its fields."""
    if len(data) > MAX_SIGNED:
        raise Refused("longer than a statement may be")
    envelope = canonical(data)
    if not isinstance(envelope, cbor2.CBORTag) or envelope.tag != 18:
        raise Refused("not a signed statement")
    if type(envelope.value) is not list or len(envelope.value) != 4:
        raise Refused("not a signed statement")
    protected, unprotected, payload, signature = envelope.value
    if unprotected != {} or not all(type(part) is bytes for part in (protected, payload, signature)):
        raise Refused("not a signed statement in the one form")
    header = canonical(protected)
    if type(header) is not dict or set(header) != {1, 3, 4} or header[1] != -8:
        raise Refused("not the one protected header")
    if header[3] != f"application/chaperone.{kind}":
        raise Refused(f"of another kind than {kind}")
    return HASH(header[4]), STATEMENTS[kind](canonical(payload))


def verified(kind, data, key):
    """The fields of a statement that this public key signed."""
    key_id, fields = read(kind, data)
    if key_id != sha256(key):
        raise Refused(f"{kind} is signed by another key")
    protected, _, payload, signature = cbor2.loads(data).value
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except (InvalidSignature, ValueError) as error:
        raise Refused(f"{kind}: the signature does not match") from error
    return fields


def header(data):
    """A segment header in all its limits, not verified, and how long its payload is."""
    _, fields = read("segment-header", data)
    if fields["format"] != 1 or fields["number"] > MAX_NUMBER:
        raise Refused("of another format, or a number no track comes to")
    name, content = fields["body"]
    length = content[0]["length"] if name == "media" else 0
    if length > MAX_PAYLOAD:
        raise Refused("a payload above the limit")
    return fields, length
