// Generated from the server's types. Do not edit.
import type { Gap } from "./Gap";
import type { Message } from "./Message";
import type { SessionSummary } from "./SessionSummary";
import type { Track } from "./Track";

/**
 * `GET /api/sessions/{id}`.
 */
export type SessionPage = { 
/**
 * The session's row.
 */
summary: SessionSummary, 
/**
 * Its tracks.
 */
tracks: Array<Track>, 
/**
 * Its gaps, in order.
 */
gaps: Array<Gap>, 
/**
 * Words of whoever asked for its end, where the server asked for it.
 */
end_words: string | null, 
/**
 * What was said to the person in it, oldest first.
 */
messages: Array<Message>, 
/**
 * Hash of the opening record, the first link of every chain, in hex.
 */
opening_hash: string, 
/**
 * Hash of the closing record, once there is one, in hex.
 */
closing_hash: string | null, 
/**
 * Whether the record was closed by the device after a crash instead of by the session.
 */
closed_by_recovery: boolean, 
/**
 * Up to when the record is proven: the end of the last second before which no track lacks a receipt.
 */
proven_to_ms: number | null, 
/**
 * Fingerprint of the device that recorded, in hex.
 */
device_fingerprint: string, 
/**
 * Length of the recording that plays.
 */
recording_ms: number | null, 
/**
 * Size of the recording that plays.
 */
recording_bytes: number | null, 
/**
 * Whether the viewer may have the record judged: there is one, and the viewer may watch it.
 */
may_judge: boolean, 
/**
 * Whether the viewer may take the sealed record away.
 */
may_export: boolean, 
/**
 * Why composing failed, where it did.
 */
failure: string | null, 
/**
 * When composing is tried again, where it failed.
 */
next_try_ms: number | null, };
