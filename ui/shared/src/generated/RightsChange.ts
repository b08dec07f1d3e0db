// Generated from the server's types. Do not edit.
import type { RightsEntry } from "./RightsEntry";

/**
 * `PUT /api/secrets/{id}/rights`: replaces every right over the secret.
 */
export type RightsChange = { 
/**
 * Who may see and launch it from now on.
 */
rights: Array<RightsEntry>, };
