// Generated from the server's types. Do not edit.

/**
 * What a person is on this server.
 */
export type Role = "user" | "auditor" | "operator" | "administrator";
