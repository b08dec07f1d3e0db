import type { SessionBeat, SessionSummary } from '@chaperone/shared/generated/index.ts';
import { api } from '../server/api.ts';
import { Pages } from '../server/pages.svelte.ts';
import { queryOf, withChange, type Filter } from './filter.ts';
import { needsLook } from './standing.ts';

const PAGE = '200';
const QUIET_AT_ONCE = 10;

/** The list of sessions, kept current by the stream of changes. */
export class SessionRows extends Pages<SessionSummary, string> {
  #filter: () => Filter;

  constructor(filter: () => Filter) {
    super();
    this.#filter = filter;
  }

  /** Takes one session as the stream of changes brought it. */
  take(changed: SessionSummary): void {
    if (this.items !== undefined) this.items = withChange(this.items, changed, this.#filter());
  }

  /** Takes a sign of life as the stream of changes brought it. */
  beat(beat: SessionBeat): void {
    const { id, ...news } = beat;
    if (this.items?.some((session) => session.id === id)) this.items = this.items.map((session) => (session.id === id ? { ...session, ...news } : session));
  }

  /** Asks for each running session that has been without news; a few at a time, and again at the next look. */
  async lookAtQuiet(now: number): Promise<void> {
    const quiet = (this.items ?? []).filter((session) => needsLook(session, now)).slice(0, QUIET_AT_ONCE);
    const looks = await Promise.allSettled(quiet.map((session) => api.session(session.id)));
    for (const look of looks) if (look.status === 'fulfilled') this.take(look.value.summary);
  }

  protected async page(before: string | null): Promise<{ items: SessionSummary[]; next: string | null }> {
    const query = queryOf(this.#filter());
    query.set('limit', PAGE);
    if (before !== null) query.set('before', before);
    const page = await api.sessions(query);
    return { items: page.sessions, next: page.next };
  }

  protected idOf(session: SessionSummary): string {
    return session.id;
  }
}
