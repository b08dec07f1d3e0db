// Generated from the server's types. Do not edit.

/**
 * What a secret is made of and which client it starts.
 */
export type SecretKind = "ssh-password" | "ssh-key" | "rdp";
