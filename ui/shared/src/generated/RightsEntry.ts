// Generated from the server's types. Do not edit.
import type { SecretRight } from "./SecretRight";

/**
 * One person's right over a secret.
 */
export type RightsEntry = { 
/**
 * The person's id.
 */
person: string, 
/**
 * What they may do.
 */
right: SecretRight, };
