// Generated from the server's types. Do not edit.

/**
 * The answer of `POST /api/devices/code`.
 */
export type DeviceCode = { 
/**
 * The enrolment code to paste into the launcher; works once.
 */
code: string, 
/**
 * When it expires.
 */
expires_ms: number, };
