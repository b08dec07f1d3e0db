// Generated from the server's types. Do not edit.

/**
 * `POST /api/sessions/{id}/message`.
 */
export type SessionMessage = { 
/**
 * Words for the person in the session: 1 to 500 characters on one line.
 */
text: string, };
