// Generated from the server's types. Do not edit.
import type { TrackKind } from "./TrackKind";

/**
 * One track of a session.
 */
export type Track = { 
/**
 * The track's number within the session.
 */
number: number, 
/**
 * What it holds.
 */
kind: TrackKind, 
/**
 * Segments stored without a hole from the first one.
 */
stored: number, 
/**
 * Segments stored above a hole.
 */
held_above: number, 
/**
 * Segments the recorder has announced by heartbeat or closing record.
 */
announced: number, 
/**
 * Bytes of sealed record stored.
 */
size_bytes: number, 
/**
 * Chain hash at the last segment stored without a hole, in hex.
 */
chain: string | null, };
