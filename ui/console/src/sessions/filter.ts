import type { SessionState, SessionSummary } from '@chaperone/shared/generated/index.ts';
import { runs } from './standing.ts';

/** What the list of sessions is narrowed to; it stands in the address. */
export interface Filter {
  state: SessionState | null;
  /** A person's name. */
  user: string | null;
  text: string;
}

const STATES: readonly SessionState[] = ['opening', 'never-started', 'live', 'receiving', 'processing', 'ready', 'incomplete', 'failed'];

export function filterOf(query: URLSearchParams): Filter {
  const state = STATES.find((known) => known === query.get('state')) ?? null;
  return { state, user: query.get('user'), text: query.get('text') ?? '' };
}

/** The filter as the address and the server's interface write it: only what narrows. */
export function queryOf(filter: Filter): URLSearchParams {
  const query = new URLSearchParams();
  if (filter.state !== null) query.set('state', filter.state);
  if (filter.user !== null) query.set('user', filter.user);
  if (filter.text.trim() !== '') query.set('text', filter.text.trim());
  return query;
}

/** Whether a session that the stream of changes brings belongs into the filtered list. */
export function admits(filter: Filter, session: SessionSummary): boolean {
  if (filter.state !== null && session.state !== filter.state) return false;
  if (filter.user !== null && session.user_name !== filter.user) return false;
  const text = filter.text.trim().toLowerCase();
  return text === '' || [session.title, session.user_name, session.host, session.account].some((field) => field.toLowerCase().includes(text));
}

/** Running sessions first, then the newest. */
export function sorted(sessions: readonly SessionSummary[]): SessionSummary[] {
  return [...sessions].sort((a, b) => Number(runs(b)) - Number(runs(a)) || b.opened_ms - a.opened_ms || (a.id < b.id ? 1 : -1));
}

/** The list after one changed session. A session that left the filter stays until the next fetch, so that no row vanishes under the eye. */
export function withChange(sessions: readonly SessionSummary[], changed: SessionSummary, filter: Filter): SessionSummary[] {
  const known = sessions.some((session) => session.id === changed.id);
  if (known) return sessions.map((session) => (session.id === changed.id ? changed : session));
  return admits(filter, changed) ? [changed, ...sessions] : [...sessions];
}
