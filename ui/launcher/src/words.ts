import type { SignState } from '@chaperone/shared/signs/states.ts';
import { count } from '@chaperone/shared/format/count.ts';
import { duration } from '@chaperone/shared/format/duration.ts';
import { size } from '@chaperone/shared/format/size.ts';
import { moment } from '@chaperone/shared/format/time.ts';
import type { Phase, QueueView, SessionView } from './bridge/view.ts';

interface Said {
  sign: SignState;
  words: string;
}

/** How a session's phase looks and reads. */
export function phaseSaid(session: SessionView): Said {
  const recorded = session.opened?.recorded ?? false;
  const said: Record<Phase, Said> = {
    asking: { sign: 'waiting', words: 'Asking the server' },
    notice: { sign: 'needs-you', words: 'Waits for you' },
    starting: { sign: 'waiting', words: 'Starting the client' },
    running: recorded ? { sign: 'recording', words: 'Recording now' } : { sign: 'idle', words: 'Running, not recorded' },
    'server-late': { sign: 'lost', words: 'The server is late' },
    'no-picture': { sign: 'needs-you', words: 'No picture to record' },
    stalled: { sign: 'parked', words: 'The record does not reach the server' },
    ending: { sign: 'waiting', words: 'Ending' },
    ended: session.ended !== null && session.ended.status !== 0 ? { sign: 'needs-you', words: session.ended.words } : { sign: 'idle', words: 'Ended' },
  };
  return said[session.phase];
}

/** The three steps of a start: how many are done. */
export function stepsDone(phase: Phase): number {
  switch (phase) {
    case 'asking':
    case 'notice':
      return 0;
    case 'starting':
      return 1;
    default:
      return 3;
  }
}

/** What waits of a session: `34 s · 1.2 MB, next try 14:05`. A segment is about one second. */
export function waitingSaid(entry: QueueView, now: number, zone?: string): string {
  const tried = entry.next_try_ms !== null && entry.next_try_ms > now;
  if (entry.segments === 0 && entry.state !== 'parked' && entry.state !== 'lost-here' && !tried) return 'Nothing waits';
  // Its last link goes when the server has every segment.
  const waits = entry.segments === 0 ? 'Its end waits' : `${duration(entry.segments * 1000)} · ${size(entry.bytes)}`;
  if (entry.state === 'parked') return `${waits}, parked`;
  if (entry.state === 'lost-here') return `${waits}, the rest is lost here`;
  return tried && entry.next_try_ms !== null ? `${waits}, next try ${moment(entry.next_try_ms, now, zone)}` : waits;
}

/** Whole seconds until a moment, never less than none. */
export function secondsLeft(until: number, now: number): number {
  return Math.max(0, Math.ceil((until - now) / 1000));
}

/** One line over the queue: what all of it comes to. */
export function queueSaid(queue: readonly QueueView[]): string {
  const waiting = queue.filter((entry) => entry.segments > 0);
  if (waiting.length === 0) return 'Everything recorded here is kept by its server.';
  const bytes = waiting.reduce((sum, entry) => sum + entry.bytes, 0);
  return `${count(waiting.length, 'session')} with ${size(bytes)} on the way to ${waiting.length === 1 ? 'its server' : 'their servers'}.`;
}
