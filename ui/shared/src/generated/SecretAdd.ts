// Generated from the server's types. Do not edit.
import type { RightsEntry } from "./RightsEntry";
import type { SecretKind } from "./SecretKind";

/**
 * `POST /api/secrets`.
 */
export type SecretAdd = { 
/**
 * Its name, unique on this server.
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
domain?: string, 
/**
 * SSH: the host's public key as one OpenSSH line (`ssh-ed25519 AAAA…`). Remote Desktop: the certificate's SHA-256
 * fingerprint in hex, with or without colons.
 */
host_key: string, 
/**
 * The password, or the private key in OpenSSH or PEM form without a passphrase.
 */
value: string, 
/**
 * Whether sessions are recorded.
 */
recorded: boolean, 
/**
 * Whether sessions hold keyboard and pointer back while the server is silent or the picture lost.
 */
freeze: boolean, 
/**
 * Who may see and launch it.
 */
rights: Array<RightsEntry>, };
