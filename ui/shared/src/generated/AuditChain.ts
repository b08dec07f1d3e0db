// Generated from the server's types. Do not edit.

/**
 * Whether every line carries the hash of the one before.
 */
export type AuditChain = { "is": "unbroken", 
/**
 * How many lines there are.
 */
lines: number, 
/**
 * Hash of the last one, to compare with a copy kept elsewhere.
 */
head: string, } | { "is": "broken", 
/**
 * The first that does not fit.
 */
line: number, };
