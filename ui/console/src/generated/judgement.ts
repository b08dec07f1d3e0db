// Generated from the verifier's types. Do not edit.

export type Judgement = { "outcome": "judged" } & Judged | { "outcome": "not-one" };

export type Judged = { 
/**
 * The session, where its opening record is proven; without that nothing is.
 */
session: string | null, 
/**
 * The server's word when it began, unix milliseconds.
 */
opened_ms: number | null, 
/**
 * How it ended, by its code; none while nothing proven says so.
 */
ended: string | null, 
/**
 * The server's word by when it had all of it, unix milliseconds.
 */
whole_ms: number | null, 
/**
 * Every planned track.
 */
tracks: Array<JudgedTrack>, 
/**
 * What was found, in order.
 */
findings: Array<JudgedFinding>, 
/**
 * How many findings beyond those there are.
 */
findings_left_out: number, };

export type JudgedTrack = { 
/**
 * Its number.
 */
track: number, 
/**
 * How many segments are proven to be of the session.
 */
segments: number, 
/**
 * Its time, in order; time of which nothing is known is in none of them.
 */
stretches: Array<JudgedStretch>, };

export type JudgedStretch = { 
/**
 * What is proven of it.
 */
standing: Standing, 
/**
 * Where it begins, milliseconds since the session began.
 */
from_ms: number, 
/**
 * Where it ends.
 */
to_ms: number, };

export type Standing = "proven" | "gap" | "unreceipted" | "missing" | "damaged";

export type JudgedFinding = { 
/**
 * The code of `docs/format.md`, section 8.
 */
code: string, 
/**
 * Altered, missing or not verifiable; else the record names it itself.
 */
fault: boolean, 
/**
 * In which track; none where it is about the session as a whole.
 */
track: number | null, 
/**
 * Where the stretch begins, milliseconds since the session began.
 */
from_ms: number | null, 
/**
 * Where it ends; none where nobody knows.
 */
to_ms: number | null, 
/**
 * For people.
 */
words: string, };
