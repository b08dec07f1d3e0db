// Generated from the server's types. Do not edit.

/**
 * `PUT /api/me/password`. Ends every other login of the caller.
 */
export type OwnPassword = { 
/**
 * The password until now.
 */
current: string, 
/**
 * The new one, at least 12 characters.
 */
password: string, };
