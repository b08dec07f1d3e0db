// Generated from the server's types. Do not edit.

/**
 * `PUT /api/secrets/{id}`: changes everything but what it is made of and who may use it. Sessions that run go on.
 */
export type SecretChange = { 
/**
 * Its name, unique on this server.
 */
name: string, 
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
 * As in `SecretAdd`.
 */
host_key: string, 
/**
 * The new password or private key; without one the stored value stays.
 */
value?: string, 
/**
 * Whether sessions are recorded from now on.
 */
recorded: boolean, 
/**
 * Whether sessions from now on hold keyboard and pointer back while the server is silent or the picture lost.
 */
freeze: boolean, };
