-- Stored record is proven again from time to time: when it last was, and how many of its segments were found damaged.
ALTER TABLE session ADD COLUMN proven_ms INTEGER;
ALTER TABLE session ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0;
CREATE INDEX session_proven ON session (coalesce(proven_ms, ended_ms, opened_ms)) WHERE state IN ('ready', 'incomplete', 'failed');
