// Generated from the server's types. Do not edit.

/**
 * The answer of `POST /api/secrets/{id}/launch`.
 */
export type LaunchLink = { 
/**
 * The `chaperone://` link for the launcher, good for one use.
 */
link: string, 
/**
 * When the link expires.
 */
expires_ms: number, };
