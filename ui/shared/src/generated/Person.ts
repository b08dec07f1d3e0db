// Generated from the server's types. Do not edit.
import type { Role } from "./Role";

/**
 * One line of `GET /api/people`.
 */
export type Person = { 
/**
 * The person.
 */
id: string, 
/**
 * The name they log in with.
 */
name: string, 
/**
 * What they are on this server.
 */
role: Role, 
/**
 * When they were added.
 */
added_ms: number, 
/**
 * When they last logged in, if ever.
 */
last_login_ms: number | null, 
/**
 * Since when they may not log in, launch or enrol, if so.
 */
disabled_ms: number | null, 
/**
 * How many sessions of theirs run now.
 */
running: number, };
