// Generated from the server's types. Do not edit.
import type { Role } from "./Role";

/**
 * `POST /api/people`.
 */
export type PersonAdd = { 
/**
 * The name they log in with: 1 to 64 letters, digits, dots, hyphens, underscores or at signs.
 */
name: string, 
/**
 * What they are on this server.
 */
role: Role, 
/**
 * Their password, at least 12 characters.
 */
password: string, };
