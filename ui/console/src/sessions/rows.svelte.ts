import type { SessionBeat, SessionSummary } from '@chaperone/shared/generated/index.ts';
import { account } from '../server/account.svelte.ts';
import { api } from '../server/api.ts';
import { asProblem, type CallError } from '../server/call.ts';
import { queryOf, withChange, type Filter } from './filter.ts';
import { needsLook } from './standing.ts';

const PAGE = '200';
const QUIET_AT_ONCE = 10;

/** The list of sessions as far as it has been fetched, kept current by the stream of changes. */
export class SessionRows {
  sessions = $state.raw<SessionSummary[]>();
  next = $state<string | null>(null);
  problem = $state.raw<CallError>();
  fetchingMore = $state(false);
  #filter: () => Filter;
  #turn = 0;

  constructor(filter: () => Filter) {
    this.#filter = filter;
  }

  /** Fetches the first page anew. */
  async refresh(): Promise<void> {
    this.#turn += 1;
    await this.#fetch(null, this.#turn);
  }

  /** Fetches the page after the last one. */
  async more(): Promise<void> {
    if (this.next === null || this.fetchingMore) return;
    this.fetchingMore = true;
    await this.#fetch(this.next, this.#turn);
    this.fetchingMore = false;
  }

  /** Takes one session as the stream of changes brought it. */
  take(changed: SessionSummary): void {
    if (this.sessions !== undefined) this.sessions = withChange(this.sessions, changed, this.#filter());
  }

  /** Takes a sign of life as the stream of changes brought it. */
  beat(beat: SessionBeat): void {
    const { id, ...news } = beat;
    if (this.sessions?.some((session) => session.id === id)) this.sessions = this.sessions.map((session) => (session.id === id ? { ...session, ...news } : session));
  }

  /** Asks for each running session that has been without news; a few at a time, and again at the next look. */
  async lookAtQuiet(now: number): Promise<void> {
    const quiet = (this.sessions ?? []).filter((session) => needsLook(session, now)).slice(0, QUIET_AT_ONCE);
    const looks = await Promise.allSettled(quiet.map((session) => api.session(session.id)));
    for (const look of looks) if (look.status === 'fulfilled') this.take(look.value.summary);
  }

  async #fetch(before: string | null, turn: number): Promise<void> {
    const query = queryOf(this.#filter());
    query.set('limit', PAGE);
    if (before !== null) query.set('before', before);
    try {
      const page = await api.sessions(query);
      if (turn !== this.#turn) return;
      const known = before === null ? [] : (this.sessions ?? []);
      const ids = new Set(known.map((session) => session.id));
      this.sessions = [...known, ...page.sessions.filter((session) => !ids.has(session.id))];
      this.next = page.next;
      this.problem = undefined;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.problem = asProblem(thrown);
      account.noticed(this.problem);
    }
  }
}
