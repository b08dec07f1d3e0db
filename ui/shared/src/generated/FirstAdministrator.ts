// Generated from the server's types. Do not edit.

/**
 * `POST /api/first-administrator`.
 */
export type FirstAdministrator = { 
/**
 * The set-up code out of the file whose path the server prints at its start.
 */
code: string, 
/**
 * The administrator's name.
 */
name: string, 
/**
 * The administrator's password, at least 12 characters.
 */
password: string, };
