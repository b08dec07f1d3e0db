// Generated from the server's types. Do not edit.

/**
 * Words that were sent into a session.
 */
export type Message = { 
/**
 * Its place among the session's messages, from 1.
 */
number: number, 
/**
 * Who said what.
 */
text: string, 
/**
 * When it was sent.
 */
sent_ms: number, 
/**
 * When the session said that it was shown, if it did.
 */
shown_ms: number | null, };
