-- All times are unix milliseconds of the server's clock, all ids the 16 bytes of a UUID, all hashes SHA-256.

CREATE TABLE person (
    id            BLOB PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    role          TEXT NOT NULL CHECK (role IN ('user', 'auditor', 'operator', 'administrator')),
    password      TEXT NOT NULL,
    added_ms      INTEGER NOT NULL,
    last_login_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE login (
    token_hash BLOB PRIMARY KEY,
    person     BLOB NOT NULL REFERENCES person (id),
    opened_ms  INTEGER NOT NULL,
    seen_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A removed secret keeps its row, for sessions name it; its value is gone.
CREATE TABLE secret (
    id         BLOB PRIMARY KEY,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    host       TEXT NOT NULL,
    port       INTEGER NOT NULL,
    account    TEXT NOT NULL,
    domain     TEXT,
    host_key   TEXT NOT NULL,
    recorded   INTEGER NOT NULL,
    value      BLOB,
    added_ms   INTEGER NOT NULL,
    removed_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX secret_name ON secret (name) WHERE removed_ms IS NULL;

CREATE TABLE secret_right (
    secret     BLOB NOT NULL REFERENCES secret (id),
    person     BLOB NOT NULL REFERENCES person (id),
    may_launch INTEGER NOT NULL,
    PRIMARY KEY (secret, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE enrolment (
    code_hash  BLOB PRIMARY KEY,
    person     BLOB NOT NULL REFERENCES person (id),
    expires_ms INTEGER NOT NULL,
    used_ms    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    id           BLOB PRIMARY KEY,
    person       BLOB NOT NULL REFERENCES person (id),
    name         TEXT NOT NULL,
    system       TEXT NOT NULL,
    key          BLOB NOT NULL,
    key_id       BLOB NOT NULL UNIQUE,
    enrolled_ms  INTEGER NOT NULL,
    last_seen_ms INTEGER,
    revoked_ms   INTEGER
) STRICT, WITHOUT ROWID;

-- What is known of a recording stands in custody (JSON of core/custody). State and wake_ms follow from it: what it is
-- called, and when that changes though nothing happens.
CREATE TABLE session (
    id                BLOB PRIMARY KEY,
    person            BLOB NOT NULL REFERENCES person (id),
    secret            BLOB NOT NULL REFERENCES secret (id),
    device            BLOB NOT NULL REFERENCES device (id),
    opening           BLOB NOT NULL,
    opening_hash      BLOB NOT NULL,
    opened_ms         INTEGER NOT NULL,
    custody           TEXT NOT NULL,
    state             TEXT NOT NULL,
    wake_ms           INTEGER,
    length_ms         INTEGER NOT NULL DEFAULT 0,
    size_bytes        INTEGER NOT NULL DEFAULT 0,
    heartbeat         BLOB,
    last_heartbeat_ms INTEGER,
    end_asked         TEXT,
    ended_ms          INTEGER,
    closing           BLOB,
    closing_hash      BLOB,
    closing_receipt   BLOB,
    recording_ms      INTEGER,
    recording_bytes   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX session_state ON session (state);
CREATE INDEX session_wake ON session (wake_ms) WHERE wake_ms IS NOT NULL;

CREATE TABLE ticket (
    hash         BLOB PRIMARY KEY,
    person       BLOB NOT NULL REFERENCES person (id),
    secret       BLOB NOT NULL REFERENCES secret (id),
    issued_ms    INTEGER NOT NULL,
    expires_ms   INTEGER NOT NULL,
    redeemed_ms  INTEGER,
    request_hash BLOB,
    answer       BLOB,
    session      BLOB REFERENCES session (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_use ON ticket (person, secret, issued_ms);

CREATE TABLE track (
    session    BLOB NOT NULL REFERENCES session (id),
    track      INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    head_count INTEGER NOT NULL DEFAULT 0,
    head       BLOB NOT NULL,
    size_bytes INTEGER NOT NULL DEFAULT 0,
    receipt    BLOB,
    receipt_ms INTEGER,
    PRIMARY KEY (session, track)
) STRICT, WITHOUT ROWID;

-- Work that outlives a process: whoever holds the lease does it, and an expired lease is anybody's.
CREATE TABLE job (
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,
    session     BLOB NOT NULL REFERENCES session (id),
    due_ms      INTEGER NOT NULL,
    tries       INTEGER NOT NULL DEFAULT 0,
    lease       BLOB,
    lease_ms    INTEGER,
    UNIQUE (kind, session)
) STRICT;

-- Each line carries the hash of the line before it.
CREATE TABLE audit (
    line     INTEGER PRIMARY KEY,
    at_ms    INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    detail   TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash     BLOB NOT NULL
) STRICT;
