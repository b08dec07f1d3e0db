// Generated from the server's types. Do not edit.

/**
 * Where a session and its recording stand.
 */
export type SessionState = "opening" | "never-started" | "live" | "receiving" | "processing" | "ready" | "incomplete" | "failed";
