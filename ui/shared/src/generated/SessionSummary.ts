// Generated from the server's types. Do not edit.
import type { SecretKind } from "./SecretKind";
import type { SessionState } from "./SessionState";
import type { Witness } from "./Witness";

/**
 * One row of the session list, and one `session` event of `GET /api/events`.
 */
export type SessionSummary = { 
/**
 * The session.
 */
id: string, 
/**
 * The secret's name, or user on machine where there is no secret.
 */
title: string, 
/**
 * Whose session it is.
 */
user: string, 
/**
 * That person's name.
 */
user_name: string, 
/**
 * The target's host name or address.
 */
host: string, 
/**
 * The target's port.
 */
port: number, 
/**
 * The account on the target.
 */
account: string, 
/**
 * Which kind of secret opened it.
 */
kind: SecretKind, 
/**
 * The device it runs on, by name.
 */
device_name: string, 
/**
 * Where it stands.
 */
state: SessionState, 
/**
 * Whether it is recorded at all.
 */
recorded: boolean, 
/**
 * Who vouches for the recording.
 */
witness: Witness, 
/**
 * When the ticket was redeemed.
 */
opened_ms: number, 
/**
 * When it ended, by the server's clock, once known.
 */
ended_ms: number | null, 
/**
 * Its length, once it ended; while it runs, up to the last sign of life.
 */
duration_ms: number, 
/**
 * Why it ended, as a stable code in kebab-case.
 */
end_reason: string | null, 
/**
 * Why it was asked to end, as the same code, where the server asked for it.
 */
end_asked: string | null, 
/**
 * Bytes of sealed record stored.
 */
size_bytes: number, 
/**
 * How many gaps are named.
 */
gap_count: number, 
/**
 * When the last valid heartbeat came, if any did.
 */
last_heartbeat_ms: number | null, 
/**
 * Whether the caller may play it now.
 */
may_play: boolean, 
/**
 * Whether the caller may end it now.
 */
may_end: boolean, 
/**
 * Whether the caller may send a message into it now.
 */
may_message: boolean, };
