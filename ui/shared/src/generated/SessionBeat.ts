// Generated from the server's types. Do not edit.

/**
 * One `beat` event of `GET /api/events`: a sign of life of a session that changes nothing else.
 */
export type SessionBeat = { 
/**
 * The session.
 */
id: string, 
/**
 * When the heartbeat came.
 */
last_heartbeat_ms: number, 
/**
 * How long the session was by it.
 */
duration_ms: number, };
