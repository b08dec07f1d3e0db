import { clock } from '@chaperone/shared/format/duration.ts';

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400];

export interface Tick {
  at_ms: number;
  label: string;
}

/** Round places along a recording, as many as fit when each label takes `labelWidth` pixels. Never crowded at the end. */
export function ticks(length_ms: number, width: number, labelWidth = 84): Tick[] {
  if (length_ms <= 0 || width <= 0) return [];
  const room = Math.max(1, Math.floor(width / labelWidth));
  const step = (STEPS_S.find((seconds) => length_ms / 1000 / seconds <= room) ?? Math.ceil(length_ms / 86_400_000 / room) * 86_400) * 1000;
  const places: Tick[] = [];
  for (let at = 0; at < length_ms; at += step)
    if (at === 0 || ((length_ms - at) / length_ms) * width >= labelWidth * 0.7) places.push({ at_ms: at, label: clock(at) });
  return places;
}

/** A place as percent of the whole, kept inside it. */
export function percent(at_ms: number, length_ms: number): number {
  return length_ms <= 0 ? 0 : Math.min(100, Math.max(0, (at_ms / length_ms) * 100));
}
