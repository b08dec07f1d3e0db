// Generated from the server's types. Do not edit.

/**
 * `PUT /api/people/{id}/password`. Ends every login of theirs but the one that calls.
 */
export type PersonPassword = { 
/**
 * Their new password, at least 12 characters.
 */
password: string, };
