// Generated from the server's types. Do not edit.
import type { RightsEntry } from "./RightsEntry";
import type { SecretKind } from "./SecretKind";

/**
 * One line of `GET /api/secrets`. No call returns the value.
 */
export type Secret = { 
/**
 * The secret.
 */
id: string, 
/**
 * Its name; a session's title.
 */
name: string, 
/**
 * What it is made of.
 */
kind: SecretKind, 
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
 * The account's domain, for Remote Desktop where there is one.
 */
domain: string | null, 
/**
 * The pinned host key line (SSH) or certificate fingerprint (Remote Desktop).
 */
host_key: string, 
/**
 * Whether sessions are recorded.
 */
recorded: boolean, 
/**
 * Whether sessions hold keyboard and pointer back while the server is silent or the picture lost.
 */
freeze: boolean, 
/**
 * Whether the caller may launch it.
 */
may_launch: boolean, 
/**
 * When the caller last launched it, if ever.
 */
last_used_ms: number | null, 
/**
 * When it was stored.
 */
added_ms: number, 
/**
 * Everybody's rights; only administrators get them, others an empty list.
 */
rights: Array<RightsEntry>, 
/**
 * How many sessions run with it now, of whomever; only administrators get it, others 0.
 */
running: number, };
