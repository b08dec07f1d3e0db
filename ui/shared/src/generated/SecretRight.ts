// Generated from the server's types. Do not edit.

/**
 * What one person may do with a secret.
 */
export type SecretRight = "may-see" | "may-launch";
