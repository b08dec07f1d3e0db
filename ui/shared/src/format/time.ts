const DAY = 86_400_000;

/** Wall clock in the viewer's zone, as short as its age allows: `14:03`, `Mon 14:03`, `12 Mar 14:03`, `12 Mar 2025`. */
export function moment(ms: number, now: number, zone?: string): string {
  const options = zone === undefined ? {} : { timeZone: zone };
  const time = (extra: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', ...extra, ...options }).format(ms).replace(',', '');
  const day = new Intl.DateTimeFormat('en-CA', { ...options }).format;
  if (day(ms) === day(now)) return time({});
  if (ms < now && now - ms < 6 * DAY) return time({ weekday: 'short' });
  if (day(ms).slice(0, 4) === day(now).slice(0, 4)) return time({ day: 'numeric', month: 'short' });
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', ...options }).format(ms);
}

/** The whole moment with its zone, for the hover and for proof: `22 Nov 2026, 14:03:22 CET`. */
export function fullMoment(ms: number, zone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
    ...(zone === undefined ? {} : { timeZone: zone }),
  }).format(ms);
}

/** Time of day to the second, for "proven to 14:03:22". */
export function secondOfDay(ms: number, zone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...(zone === undefined ? {} : { timeZone: zone }),
  }).format(ms);
}

/** How long ago, roughly: `just now`, `4 min ago`, `3 h ago`, `yesterday`, `12 days ago`, `never`. */
export function ago(ms: number | null | undefined, now: number): string {
  if (ms === null || ms === undefined) return 'never';
  const past = Math.max(0, now - ms);
  if (past < 60_000) return 'just now';
  if (past < 3_600_000) return `${Math.floor(past / 60_000)} min ago`;
  if (past < DAY) return `${Math.floor(past / 3_600_000)} h ago`;
  const days = Math.floor(past / DAY);
  return days === 1 ? 'yesterday' : `${days} days ago`;
}
