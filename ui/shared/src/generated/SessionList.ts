// Generated from the server's types. Do not edit.
import type { SessionSummary } from "./SessionSummary";

/**
 * `GET /api/sessions?state=&user=&text=&before=&limit=`, newest first.
 */
export type SessionList = { 
/**
 * The sessions of this page.
 */
sessions: Array<SessionSummary>, 
/**
 * Give this as `before` to get the next page; absent on the last one.
 */
next: string | null, };
