import { describe, expect, it } from 'vitest';
import type { QueueView, SessionView } from './bridge/view.ts';
import { phaseSaid, queueSaid, secondsLeft, stepsDone, waitingSaid } from './words.ts';

const session = (change: Partial<SessionView>): SessionView => ({
  launch: 1,
  origin: 'https://chaperone.example',
  opened: { session: 's', user: 'alice', title: 'Orders', target: 'db01:22', recorded: true, notice: null },
  phase: 'running',
  lost_at_ms: null,
  ended: null,
  ...change,
});
const entry = (change: Partial<QueueView>): QueueView => ({ session: 's', title: 'Orders', origin: 'o', state: 'waiting', segments: 34, bytes: 1_200_000, next_try_ms: null, unreadable: 0, ...change });

describe('phaseSaid', () => {
  it('says recording of a recorded session alone', () => {
    expect(phaseSaid(session({})).sign).toBe('recording');
    expect(phaseSaid(session({ opened: null })).sign).toBe('idle');
  });

  it('says why an ended session needs a look', () => {
    const ended = { status: 0, code: 'ended', words: 'The session was closed', advice: null, opened: true, complete: true };
    expect(phaseSaid(session({ phase: 'ended', ended })).words).toBe('Ended');
    expect(phaseSaid(session({ phase: 'ended', ended: { ...ended, status: 12, words: 'The server was lost' } }))).toEqual({ sign: 'needs-you', words: 'The server was lost' });
  });
});

it('counts the steps of a start', () => expect((['asking', 'notice', 'starting', 'running'] as const).map(stepsDone)).toEqual([0, 0, 1, 3]));

describe('the queue', () => {
  it('says what waits', () => {
    const now = Date.UTC(2026, 10, 22, 14, 0);
    const said = (change: Partial<QueueView>): string => waitingSaid(entry(change), now, 'UTC');
    expect(said({})).toBe('34 s · 1.2 MB');
    expect(said({ state: 'parked' })).toBe('34 s · 1.2 MB, parked');
    expect(said({ state: 'lost-here' })).toBe('34 s · 1.2 MB, the rest is lost here');
    expect(said({ segments: 0 })).toBe('Nothing waits');
    expect(said({ segments: 0, state: 'parked' })).toBe('Its end waits, parked');
    expect(said({ segments: 0, next_try_ms: now + 300_000 })).toBe('Its end waits, next try 14:05');
    expect(said({ next_try_ms: now + 300_000 })).toBe('34 s · 1.2 MB, next try 14:05');
    expect(said({ next_try_ms: now - 1 })).toBe('34 s · 1.2 MB');
  });

  it('sums up in one line', () => {
    expect(queueSaid([])).toBe('Everything recorded here is kept by its server.');
    expect(queueSaid([entry({}), entry({ segments: 0 })])).toBe('1 session with 1.2 MB on the way to its server.');
    expect(queueSaid([entry({}), entry({})])).toBe('2 sessions with 2.4 MB on the way to their servers.');
  });
});

it('counts down in whole seconds to none', () => {
  expect([9_001, 9_000, 1, 0, -5_000].map((left) => secondsLeft(100_000 + left, 100_000))).toEqual([10, 9, 1, 0, 0]);
});
