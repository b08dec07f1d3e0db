// Generated from the server's types. Do not edit.
import type { Role } from "./Role";

/**
 * `GET /api/me` and the answer of a login: who is calling and what their pages may offer.
 */
export type Me = { 
/**
 * The person.
 */
id: string, 
/**
 * The person's name.
 */
name: string, 
/**
 * What the person is on this server.
 */
role: Role, 
/**
 * Whether the role launches at all; which secrets is said by each secret.
 */
launches: boolean, 
/**
 * Whether the session list shows everybody's sessions.
 */
sees_all_sessions: boolean, 
/**
 * Whether the role may end running sessions.
 */
ends_sessions: boolean, 
/**
 * Whether the role sees the pages for people, secrets and all devices.
 */
configures: boolean, 
/**
 * Reads the audit log and acknowledges its alarms.
 */
audits: boolean, };
