/** Every place of the console that has an address. */
export type Place =
  | { page: 'launch' }
  | { page: 'enrol' }
  | { page: 'sessions' }
  | { page: 'session'; id: string }
  | { page: 'secrets' }
  | { page: 'people' }
  | { page: 'devices' }
  | { page: 'audit' }
  | { page: 'unknown' };

export function placeOf(path: string): Place {
  const parts = path.split('/').filter((part) => part !== '');
  const [first, second] = parts;
  if (first === undefined) return { page: 'launch' };
  if (first === 'sessions' && second !== undefined && parts.length === 2) return { page: 'session', id: decode(second) };
  if (parts.length > 1) return { page: 'unknown' };
  switch (first) {
    case 'enrol':
    case 'sessions':
    case 'secrets':
    case 'people':
    case 'devices':
    case 'audit':
      return { page: first };
    default:
      return { page: 'unknown' };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
