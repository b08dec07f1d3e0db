// Generated from the server's types. Do not edit.

/**
 * What every failed call answers with (RFC 9457, `application/problem+json`).
 */
export type Problem = { 
/**
 * A name of the problem as a URI: `urn:chaperone:problem:` and the code.
 */
type: string, 
/**
 * What failed, in a few words; the same for every problem of this code.
 */
title: string, 
/**
 * The HTTP status.
 */
status: number, 
/**
 * Why, and what to do now.
 */
detail: string, 
/**
 * The stable code programs look at, in kebab-case.
 */
code: string, };
