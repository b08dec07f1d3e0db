// Generated from the server's types. Do not edit.

/**
 * `POST /api/login`.
 */
export type Login = { 
/**
 * The person's name.
 */
name: string, 
/**
 * The person's password.
 */
password: string, };
