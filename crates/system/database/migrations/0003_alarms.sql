-- Alarms and their acknowledgements are found without reading the whole log.
CREATE INDEX audit_action ON audit (action, subject);
