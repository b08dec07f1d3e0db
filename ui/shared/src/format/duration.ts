/** A length for reading: `8 s`, `12 min 04 s`, `1 h 02 min`, `2 d 03 h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${two(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
}

/** A place in a recording: `00:12:41`. Hours grow beyond two digits when they must. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/**
 * Reads a place in a recording as people write it: `90`, `90.5`, `1:30`,
 * `1:02:03`, `1h2m3s`, `2m`. Answers milliseconds, or null for anything else.
 */
export function parseClock(text: string): number | null {
  const trimmed = text.trim().toLowerCase();
  const units = /^(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6}(?:\.\d{1,3})?)s?)?$/.exec(trimmed);
  if (units !== null && trimmed !== '') {
    const [hours, minutes, seconds] = [units[1], units[2], units[3]].map((part) => Number(part ?? 0));
    return Math.round(((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000);
  }
  const colons = /^(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2}(?:\.\d{1,3})?)$/.exec(trimmed);
  if (colons === null) return null;
  return Math.round((Number(colons[1] ?? 0) * 3600 + Number(colons[2]) * 60 + Number(colons[3])) * 1000);
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
