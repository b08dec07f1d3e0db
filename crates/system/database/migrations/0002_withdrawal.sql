-- People are disabled and removed. Someone removed keeps the row, for sessions and the audit log name it, and frees the
-- name. SQLite cannot drop a constraint, so the table is made anew; what refers to it is checked at the commit.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE person_before AS SELECT * FROM person;
DROP TABLE person;
CREATE TABLE person (
    id            BLOB PRIMARY KEY,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('user', 'auditor', 'operator', 'administrator')),
    password      TEXT NOT NULL,
    added_ms      INTEGER NOT NULL,
    last_login_ms INTEGER,
    disabled_ms   INTEGER,
    removed_ms    INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX person_name ON person (name) WHERE removed_ms IS NULL;
INSERT INTO person (id, name, role, password, added_ms, last_login_ms)
    SELECT id, name, role, password, added_ms, last_login_ms FROM person_before;
DROP TABLE person_before;

-- A secret can be changed; a session goes on saying what it was opened with.
ALTER TABLE session ADD COLUMN secret_name TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN kind TEXT NOT NULL DEFAULT 'ssh-password';
ALTER TABLE session ADD COLUMN host TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN port INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN account TEXT NOT NULL DEFAULT '';
UPDATE session SET (secret_name, kind, host, port, account) =
    (SELECT name, kind, host, port, account FROM secret WHERE secret.id = session.secret);

-- Why the end was asked for: the code of the reason that the closing record will carry.
ALTER TABLE session ADD COLUMN end_cause TEXT;
UPDATE session SET end_cause = 'ended-by-operator' WHERE end_asked IS NOT NULL;
CREATE INDEX session_open ON session (person) WHERE closing IS NULL;

-- Words for the person in a session, numbered from 1. They are told until a heartbeat says that they were shown.
CREATE TABLE message (
    session  BLOB NOT NULL REFERENCES session (id),
    number   INTEGER NOT NULL,
    text     TEXT NOT NULL,
    sent_ms  INTEGER NOT NULL,
    shown_ms INTEGER,
    PRIMARY KEY (session, number)
) STRICT, WITHOUT ROWID;
