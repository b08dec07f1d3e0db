// Generated from the server's types. Do not edit.

/**
 * That an alarm was seen.
 */
export type AuditAcknowledged = { 
/**
 * When.
 */
at_ms: number, 
/**
 * By whom.
 */
by: string, };
