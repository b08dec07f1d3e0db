// Generated from the server's types. Do not edit.

/**
 * One line of `GET /api/devices`.
 */
export type Device = { 
/**
 * The device.
 */
id: string, 
/**
 * The name it gave itself when it enrolled, usually the machine's.
 */
name: string, 
/**
 * Its operating system, as it said.
 */
system: string, 
/**
 * Whose device it is.
 */
person: string, 
/**
 * The person's name.
 */
person_name: string, 
/**
 * SHA-256 fingerprint of its key, in hex.
 */
fingerprint: string, 
/**
 * When it enrolled.
 */
enrolled_ms: number, 
/**
 * When it last redeemed a ticket, if ever.
 */
last_seen_ms: number | null, 
/**
 * When it was revoked, if it was.
 */
revoked_ms: number | null, 
/**
 * How many sessions run on it now.
 */
running: number, 
/**
 * Seconds of record that were announced and are not here, of sessions that are not running. Counted in segments, which
 * are a second long but for gaps.
 */
missing_s: number, };
