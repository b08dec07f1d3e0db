/** What a key asks of the player. */
export type Command =
  | { do: 'toggle' }
  | { do: 'pause' }
  | { do: 'faster' }
  | { do: 'slower' }
  | { do: 'step'; by_ms: number }
  | { do: 'start' }
  | { do: 'end' }
  | { do: 'go-to' }
  | { do: 'full-screen' };

type Key = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/** The keys of a video editor: Space and K, J and L, arrows (with Shift by one second), G, F. */
export function commandOf(event: Key): Command | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  switch (event.key) {
    case ' ':
      return { do: 'toggle' };
    case 'k':
    case 'K':
      return { do: 'pause' };
    case 'l':
    case 'L':
      return { do: 'faster' };
    case 'j':
    case 'J':
      return { do: 'slower' };
    case 'ArrowLeft':
      return { do: 'step', by_ms: event.shiftKey ? -1_000 : -5_000 };
    case 'ArrowRight':
      return { do: 'step', by_ms: event.shiftKey ? 1_000 : 5_000 };
    case 'Home':
      return { do: 'start' };
    case 'End':
      return { do: 'end' };
    case 'g':
    case 'G':
      return { do: 'go-to' };
    case 'f':
    case 'F':
      return { do: 'full-screen' };
    default:
      return null;
  }
}

const RATES = [0.5, 1, 2, 4, 8] as const;

/** The next quicker or slower speed; the ends hold. */
export function nextRate(rate: number, direction: 1 | -1): number {
  const place = RATES.findIndex((known) => known >= rate);
  return RATES[Math.min(RATES.length - 1, Math.max(0, (place === -1 ? RATES.length - 1 : place) + direction))] ?? 1;
}
