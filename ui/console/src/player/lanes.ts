import type { Judged, JudgedStretch } from '../generated/judgement.ts';
import type { Gap, SessionPage, TrackKind } from '@chaperone/shared/generated/index.ts';

/** One track along the timeline: how far the record is kept, and where it has gaps. */
export interface Lane {
  name: string;
  kept_ms: number;
  gaps: Gap[];
  /** What is proven of it, where it was judged. */
  stretches?: JudgedStretch[];
}

const NAMES: Record<TrackKind, string> = {
  video: 'Video',
  stills: 'Stills',
  keystrokes: 'Keystrokes',
  terminal: 'Terminal',
  processes: 'Processes',
};

/** The lanes of a session. While it runs, its record is kept as far as receipts prove. */
export function lanesOf(page: SessionPage, length_ms: number, running: boolean, judged: Judged | null = null): Lane[] {
  const proven = page.proven_to_ms === null ? 0 : page.proven_to_ms - page.summary.opened_ms;
  const kept_ms = running ? Math.min(length_ms, Math.max(0, proven)) : length_ms;
  const several = new Set(page.tracks.map((track) => track.kind)).size < page.tracks.length;
  return page.tracks.map((track) => {
    const stretches = judged?.tracks.find((found) => found.track === track.number)?.stretches;
    return {
      name: several ? `${NAMES[track.kind]} ${track.number}` : NAMES[track.kind],
      kept_ms,
      gaps: page.gaps.filter((gap) => gap.track === track.number),
      ...(stretches === undefined ? {} : { stretches }),
    };
  });
}
