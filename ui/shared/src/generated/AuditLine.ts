// Generated from the server's types. Do not edit.
import type { AuditAcknowledged } from "./AuditAcknowledged";
import type { AuditFact } from "./AuditFact";
import type { AuditSession } from "./AuditSession";

/**
 * One line of the audit log.
 */
export type AuditLine = { 
/**
 * Its number, from 1. An alarm is acknowledged by it.
 */
id: number, 
/**
 * When.
 */
at_ms: number, 
/**
 * Who, in words.
 */
actor: string, 
/**
 * What: a stable code.
 */
action: string, 
/**
 * Whether it is an alarm: somebody must say that it was seen.
 */
alarm: boolean, 
/**
 * Who said so, if somebody did.
 */
acknowledged: AuditAcknowledged | null, 
/**
 * Name of the person it is about, where known.
 */
person: string | null, 
/**
 * Name of the secret it is about, where known.
 */
secret: string | null, 
/**
 * Name of the device it is about, where known.
 */
device: string | null, 
/**
 * The session it is about, where known.
 */
session: AuditSession | null, 
/**
 * Who, as it stands in the log: a kind and an id.
 */
actor_id: string, 
/**
 * To what, as it stands in the log: an id, a number or nothing.
 */
subject: string, 
/**
 * Further facts.
 */
detail: Array<AuditFact>, 
/**
 * Hash of this line.
 */
hash: string, };
