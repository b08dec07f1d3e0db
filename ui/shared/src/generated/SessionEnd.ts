// Generated from the server's types. Do not edit.

/**
 * `POST /api/sessions/{id}/end`.
 */
export type SessionEnd = { 
/**
 * Words shown to the user whose session ends; may be empty.
 */
message: string, };
