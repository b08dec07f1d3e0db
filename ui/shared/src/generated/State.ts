// Generated from the server's types. Do not edit.

/**
 * `GET /api/state`: what the console must know before anybody has logged in.
 */
export type State = { 
/**
 * No administrator exists yet: the first page asks for the set-up code.
 */
needs_first_administrator: boolean, 
/**
 * The server program's version.
 */
version: string, 
/**
 * The origin under which launchers and browsers reach this server.
 */
origin: string, };
