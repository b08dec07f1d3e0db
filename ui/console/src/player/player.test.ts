import { describe, expect, it } from 'vitest';
import { commandOf, nextRate } from './keys.ts';
import { percent, ticks } from './ruler.ts';

const key = (name: string, more: object = {}) => ({ key: name, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

describe('keys', () => {
  it('are those of an editor', () => {
    expect(commandOf(key(' '))).toEqual({ do: 'toggle' });
    expect(commandOf(key('j'))).toEqual({ do: 'slower' });
    expect(commandOf(key('ArrowRight'))).toEqual({ do: 'step', by_ms: 5000 });
    expect(commandOf(key('ArrowLeft', { shiftKey: true }))).toEqual({ do: 'step', by_ms: -1000 });
    expect(commandOf(key('G', { shiftKey: true }))).toEqual({ do: 'go-to' });
  });

  it('leave the browser its own', () => {
    expect(commandOf(key('l', { ctrlKey: true }))).toBeNull();
    expect(commandOf(key('x'))).toBeNull();
  });

  it('step through the speeds and hold at the ends', () => {
    expect([1, 2, 4, 8].map((rate) => nextRate(rate, 1))).toEqual([2, 4, 8, 8]);
    expect([8, 1, 0.5].map((rate) => nextRate(rate, -1))).toEqual([4, 0.5, 0.5]);
  });
});

describe('ruler', () => {
  it('has round places that do not crowd', () => {
    expect(ticks(60_000, 500).map(({ at_ms }) => at_ms)).toEqual([0, 15_000, 30_000, 45_000]);
    for (const [length, width] of [[1_000, 300], [3_600_000, 1200], [90_000_000, 390], [5_000_000_000, 390]] as const) {
      const places = ticks(length, width);
      expect(places.length).toBeGreaterThan(0);
      expect(places.length).toBeLessThanOrEqual(Math.floor(width / 84) + 1);
    }
  });

  it('is empty where there is nothing', () => expect([ticks(0, 500), ticks(500, 0)]).toEqual([[], []]));

  it('keeps places inside', () => expect([percent(-1, 10), percent(5, 10), percent(20, 10), percent(1, 0)]).toEqual([0, 50, 100, 0]));
});
