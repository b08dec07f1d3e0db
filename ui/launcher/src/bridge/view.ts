/**
 * What the launcher shows, as the desktop program sends it: whole, in one event, each time something changes. The names are
 * those of the launcher's own view.
 */
export interface View {
  /** Sessions since the launcher started, newest first; ended ones stay for a while. */
  sessions: SessionView[];
  /** What is kept on this machine, newest first. */
  queue: QueueView[];
  /** The servers this machine is enrolled with. */
  servers: ServerView[];
}

export type Phase = 'asking' | 'notice' | 'starting' | 'running' | 'server-late' | 'no-picture' | 'stalled' | 'ending' | 'ended';

export interface SessionView {
  /** The launcher's own number for it, known before the session has an id. */
  launch: number;
  /** Origin of its server. */
  origin: string;
  /** Who, what and where; known once the ticket is redeemed. */
  opened: { session: string; user: string; title: string; target: string; recorded: boolean; notice: string | null } | null;
  phase: Phase;
  /** While its server is late: when it ends unless the server is heard again, by this machine's clock. */
  lost_at_ms: number | null;
  ended: { status: number; code: string; words: string; advice: string | null; opened: boolean; complete: boolean } | null;
}

export interface QueueView {
  session: string;
  /** Its title, where its opening record can be read. */
  title: string | null;
  /** Origin of its server, likewise. */
  origin: string | null;
  state: 'live' | 'waiting' | 'parked' | 'lost-here';
  /** Segments kept here until the server has signed for all of the session. */
  segments: number;
  /** Their bytes. */
  bytes: number;
  /** When sending is tried again, if not sooner because the server answers. */
  next_try_ms: number | null;
  /** Segments among them that cannot be read; the others are sent. */
  unreadable: number;
}

export interface ServerView {
  origin: string;
  /** Fingerprint of its root key, in hex. */
  fingerprint: string;
  enrolled_ms: number;
  /** Whose device this machine is there. */
  by: string;
}

/** What a refused command answers with. */
export interface Refusal {
  title: string;
  detail: string;
  code: string;
}

export const EMPTY: View = { sessions: [], queue: [], servers: [] };
