-- How many segments a session announced that are not here; known of older sessions once something about them is learnt.
ALTER TABLE session ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;
CREATE INDEX session_device ON session (device);
