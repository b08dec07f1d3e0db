// Generated from the server's types. Do not edit.
import type { AuditChain } from "./AuditChain";
import type { AuditLine } from "./AuditLine";

/**
 * `GET /api/audit`: lines of the audit log, newest first.
 */
export type AuditPage = { 
/**
 * The lines.
 */
lines: Array<AuditLine>, 
/**
 * What to give as `before` for the page after this one, if there is one.
 */
next: number | null, 
/**
 * What a walk along the whole chain found; only on the first page.
 */
chain: AuditChain | null, 
/**
 * How many alarms nobody has acknowledged.
 */
open_alarms: number, };
