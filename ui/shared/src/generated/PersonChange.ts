// Generated from the server's types. Do not edit.
import type { Role } from "./Role";

/**
 * `PUT /api/people/{id}`. Disabling, and a role that launches nothing, end the sessions that run.
 */
export type PersonChange = { 
/**
 * The name they log in with.
 */
name: string, 
/**
 * What they are on this server.
 */
role: Role, 
/**
 * Whether they may not log in, launch or enrol.
 */
disabled: boolean, };
