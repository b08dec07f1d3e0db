// Generated from the server's types. Do not edit.

/**
 * A session that a line is about.
 */
export type AuditSession = { 
/**
 * The session.
 */
id: string, 
/**
 * Name of the secret it was opened with.
 */
title: string, 
/**
 * Whose session it is.
 */
user_name: string, };
