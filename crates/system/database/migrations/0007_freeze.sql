-- Whether a secret's sessions hold input back while the server is silent.
ALTER TABLE secret ADD COLUMN freeze INTEGER NOT NULL DEFAULT 0;
