// Generated from the server's types. Do not edit.

/**
 * Who vouches for a recording.
 */
export type Witness = "workstation";
