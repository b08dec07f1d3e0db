// Generated from the server's types. Do not edit.

/**
 * What a track holds.
 */
export type TrackKind = "video" | "stills" | "keystrokes" | "terminal" | "processes";
