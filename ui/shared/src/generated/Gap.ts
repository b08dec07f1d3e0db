// Generated from the server's types. Do not edit.

/**
 * A stretch without record, with its cause.
 */
export type Gap = { 
/**
 * The track it is in.
 */
track: number, 
/**
 * Where it begins, milliseconds from the session's start.
 */
from_ms: number, 
/**
 * Where it ends, milliseconds from the session's start.
 */
to_ms: number, 
/**
 * Its cause, as a stable code in kebab-case.
 */
cause: string, };
