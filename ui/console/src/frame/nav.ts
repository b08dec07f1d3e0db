import type { Me } from '@chaperone/shared/generated/index.ts';
import type { Place } from '../route/place.ts';

export interface NavEntry {
  href: string;
  label: string;
  pages: readonly Place['page'][];
}

/** The pages this person has. The server decides every call by itself; this only keeps shut doors out of sight. */
export function navOf(me: Me): NavEntry[] {
  const entries: NavEntry[] = [];
  if (me.launches) entries.push({ href: '/', label: 'Launch', pages: ['launch', 'enrol'] });
  entries.push({ href: '/sessions', label: 'Sessions', pages: ['sessions', 'session'] });
  if (me.configures) {
    entries.push({ href: '/secrets', label: 'Secrets', pages: ['secrets'] });
    entries.push({ href: '/people', label: 'People', pages: ['people'] });
  }
  if (me.launches) entries.push({ href: '/devices', label: 'Devices', pages: ['devices'] });
  if (me.audits) entries.push({ href: '/audit', label: 'Audit', pages: ['audit'] });
  return entries;
}

/** Whether the person has this page at all. */
export function mayOpen(me: Me, place: Place): boolean {
  return place.page === 'unknown' || navOf(me).some((entry) => entry.pages.includes(place.page));
}
