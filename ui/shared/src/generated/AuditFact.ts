// Generated from the server's types. Do not edit.

/**
 * A further fact of a line.
 */
export type AuditFact = { 
/**
 * What it says.
 */
name: string, 
/**
 * The value as text; what is no text stands as JSON.
 */
value: string, };
