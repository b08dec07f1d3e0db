-- Signed statements on how far the audit log had come. Each stands for all lines up to the one it names.
CREATE TABLE audit_head (
    number INTEGER PRIMARY KEY,
    lines  INTEGER NOT NULL,
    at_ms  INTEGER NOT NULL,
    signed BLOB NOT NULL
) STRICT;
CREATE INDEX audit_head_lines ON audit_head (lines);

-- How far each place outside has them, and why it has not more. A place that was never sent to has no row.
CREATE TABLE audit_delivery (
    place            TEXT PRIMARY KEY,
    through          INTEGER NOT NULL DEFAULT 0,
    failing_since_ms INTEGER,
    failure          TEXT
) STRICT, WITHOUT ROWID;
