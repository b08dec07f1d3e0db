import { count } from '@chaperone/shared/format/count.ts';
import { duration } from '@chaperone/shared/format/duration.ts';
import type { Judged, JudgedFinding, Standing } from '../../generated/judgement.ts';

/** The standings in the order of the legend. */
export const STANDINGS: Standing[] = ['proven', 'gap', 'unreceipted', 'missing', 'damaged'];

const WORDS: Record<Standing, string> = {
  proven: 'Proven',
  gap: 'Gap, named',
  unreceipted: 'Not yet receipted',
  missing: 'Missing',
  damaged: 'Damaged',
};

const MEANINGS: Record<Standing, string> = {
  proven: 'signed by the recorder, linked to what came before, receipted by the server',
  gap: 'the record says itself that there is none, and why',
  unreceipted: 'signed and linked, but the server has not signed for it',
  missing: 'there must be a record of it, and there is none',
  damaged: 'what is there is not what was signed and linked',
};

export const wordsOf = (standing: Standing): string => WORDS[standing];
export const meaningOf = (standing: Standing): string => MEANINGS[standing];

/** How long each standing lasts, over all tracks, in the order of the legend; those that do not occur are left out. */
export function lengths(judged: Judged): { standing: Standing; ms: number }[] {
  const sum = (standing: Standing): number =>
    judged.tracks.flatMap((track) => track.stretches).reduce((ms, stretch) => (stretch.standing === standing ? ms + stretch.to_ms - stretch.from_ms : ms), 0);
  return STANDINGS.map((standing) => ({ standing, ms: sum(standing) })).filter(({ ms }) => ms > 0);
}

/** What is wrong, the first few; gaps that name themselves are not. */
export function faults(judged: Judged): JudgedFinding[] {
  return judged.findings.filter((finding) => finding.fault);
}

/** The judgement in one sentence. */
export function sentence(judged: Judged): string {
  if (judged.session === null) return 'Nothing of this session is proven under the fingerprint this browser remembers.';
  const wrong = faults(judged).length + judged.findings_left_out;
  if (wrong > 0) return `${count(wrong, 'fault')} found in the record of this session.`;
  const proven = lengths(judged).find(({ standing }) => standing === 'proven');
  if (proven === undefined) return 'Nothing was recorded, and nothing is missing.';
  const gaps = judged.findings.some((finding) => finding.code === 'gap') ? '; its gaps name themselves' : '';
  return `${duration(proven.ms)} proven, nothing altered, nothing left out${gaps}.`;
}
