import type { SessionSummary } from '@chaperone/shared/generated/index.ts';
import { describe, expect, it } from 'vitest';
import { admits, filterOf, queryOf, sorted, withChange } from './filter.ts';
import { lengthOf, needsLook, standingOf } from './standing.ts';
import { endReason, gapCause } from './words.ts';

const session = (change: Partial<SessionSummary>): SessionSummary => ({
  id: 'a',
  title: 'db01 root',
  user: 'u1',
  user_name: 'alice',
  host: 'db01.example',
  port: 22,
  account: 'root',
  kind: 'ssh-key',
  device_name: 'laptop',
  state: 'ready',
  recorded: true,
  witness: 'workstation',
  opened_ms: 1_000,
  ended_ms: 9_000,
  duration_ms: 8_000,
  end_reason: 'client-exited',
  size_bytes: 10,
  gap_count: 0,
  last_heartbeat_ms: null,
  may_play: true,
  end_asked: null,
  may_end: false,
  may_message: false,
  ...change,
});

const everything = { state: null, user: null, text: '' };

describe('standing', () => {
  it('says recording only while heartbeats are fresh', () => {
    const live = session({ state: 'live', last_heartbeat_ms: 100_000 });
    expect(standingOf(live, 101_000).tone).toBe('rec');
    expect(standingOf(live, 107_000)).toEqual({ sign: 'lost', words: 'Silent for 7 s', tone: 'warn' });
  });

  it('wants a look at a live session without news, and at no other', () => {
    const live = session({ state: 'live', last_heartbeat_ms: 100_000 });
    expect([needsLook(live, 104_000), needsLook(live, 106_000), needsLook(session({}), 106_000)]).toEqual([false, true, false]);
  });

  it('says that a session is ending while it is still recorded', () =>
    expect(standingOf(session({ state: 'live', end_asked: 'device-withdrawn' }), 0)).toEqual({ sign: 'recording', words: 'Ending', tone: 'rec' }));

  it('does not say recording of a session that is not recorded', () =>
    expect(standingOf(session({ state: 'live', recorded: false }), 0).sign).toBe('idle'));

  it('lets a live session grow and leaves an ended one as it is', () => {
    expect(lengthOf(session({ state: 'live', duration_ms: 2_000 }), 61_000)).toBe(60_000);
    expect(lengthOf(session({}), 61_000)).toBe(8_000);
  });
});

describe('filter', () => {
  it('stands in the address and reads back from it', () => {
    const filter = { state: 'live', user: 'alice', text: 'db' } as const;
    expect(filterOf(queryOf(filter))).toEqual(filter);
    expect(queryOf(everything).toString()).toBe('');
  });

  it('takes no state the product does not have', () => expect(filterOf(new URLSearchParams('state=deleted')).state).toBeNull());

  it('admits by state, user and words in any field', () => {
    expect(admits(everything, session({}))).toBe(true);
    expect(admits({ ...everything, state: 'live' }, session({}))).toBe(false);
    expect(admits({ ...everything, user: 'bob' }, session({}))).toBe(false);
    expect(admits({ ...everything, text: 'DB01.ex' }, session({}))).toBe(true);
    expect(admits({ ...everything, text: 'web' }, session({}))).toBe(false);
  });

  it('puts running sessions on top, then the newest', () => {
    const list = [session({ id: 'old', opened_ms: 1 }), session({ id: 'new', opened_ms: 3 }), session({ id: 'live', opened_ms: 2, state: 'live' })];
    expect(sorted(list).map(({ id }) => id)).toEqual(['live', 'new', 'old']);
  });

  it('replaces a known session in place and keeps strangers to the filter out', () => {
    const list = [session({ id: 'a' }), session({ id: 'b' })];
    expect(withChange(list, session({ id: 'b', state: 'failed' }), everything).map(({ state }) => state)).toEqual(['ready', 'failed']);
    expect(withChange(list, session({ id: 'c' }), everything)).toHaveLength(3);
    expect(withChange(list, session({ id: 'c' }), { ...everything, state: 'live' })).toHaveLength(2);
  });
});

describe('words', () => {
  it('shows codes it does not know as they are', () => {
    expect(gapCause('asleep')).toBe('machine asleep');
    expect(gapCause('meteor-strike')).toBe('meteor strike');
    expect(endReason('moon-landed')).toBe('moon landed');
  });
});
