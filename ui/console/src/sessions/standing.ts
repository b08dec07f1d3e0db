import type { SessionSummary } from '@chaperone/shared/generated/index.ts';
import { duration } from '@chaperone/shared/format/duration.ts';
import type { SignState } from '@chaperone/shared/signs/states.ts';

/** How a session's state looks and reads. */
export interface Standing {
  sign: SignState;
  words: string;
  tone: 'rec' | 'ok' | 'warn' | 'danger' | 'dim';
}

/** Heartbeats come each second; so many missing are worth a word before the ten that end the session. */
const SILENT_AFTER = 6_000;

/** A row this long without a sign of life is asked for by itself: the stream may have dropped some. */
const QUIET_AFTER = 5_000;

type Seen = Pick<SessionSummary, 'state' | 'recorded' | 'last_heartbeat_ms' | 'end_asked'>;

export function standingOf(session: Seen, now: number): Standing {
  switch (session.state) {
    case 'opening':
      return { sign: 'waiting', words: 'Opening', tone: 'dim' };
    case 'never-started':
      return { sign: 'needs-you', words: 'Never started', tone: 'dim' };
    case 'live': {
      const silence = session.last_heartbeat_ms === null ? 0 : now - session.last_heartbeat_ms;
      if (silence > SILENT_AFTER) return { sign: 'lost', words: `Silent for ${duration(silence)}`, tone: 'warn' };
      return session.recorded
        ? { sign: 'recording', words: session.end_asked === null ? 'Recording now' : 'Ending', tone: 'rec' }
        : { sign: 'idle', words: session.end_asked === null ? 'Live, not recorded' : 'Ending, not recorded', tone: 'dim' };
    }
    case 'receiving':
      return { sign: 'waiting', words: 'Receiving', tone: 'dim' };
    case 'processing':
      return { sign: 'waiting', words: 'Processing', tone: 'dim' };
    case 'ready':
      return { sign: 'idle', words: 'Ready', tone: 'ok' };
    case 'incomplete':
      return { sign: 'needs-you', words: 'Incomplete', tone: 'warn' };
    case 'failed':
      return { sign: 'needs-you', words: 'Failed', tone: 'danger' };
  }
}

/** Whether a running session's row may be out of date, or the session really be silent: only asking tells. */
export function needsLook(session: Pick<SessionSummary, 'state' | 'last_heartbeat_ms'>, now: number): boolean {
  return session.state === 'live' && now - (session.last_heartbeat_ms ?? 0) > QUIET_AFTER;
}

/** Whether the session still runs, as far as the server knows. */
export function runs(session: Pick<SessionSummary, 'state'>): boolean {
  return session.state === 'live' || session.state === 'opening';
}

/** Whether nothing about the session changes by itself any more. */
export function settled(session: Pick<SessionSummary, 'state'>): boolean {
  return ['ready', 'incomplete', 'never-started'].includes(session.state);
}

/** Its length by now: a running session is as long as it has been open. */
export function lengthOf(session: Pick<SessionSummary, 'state' | 'opened_ms' | 'duration_ms'>, now: number): number {
  return session.state === 'live' ? Math.max(session.duration_ms, now - session.opened_ms) : session.duration_ms;
}
