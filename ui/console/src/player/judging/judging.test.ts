import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
// Test data of the pages' own tests; no product code uses it.
// @ts-expect-error: plain JavaScript without types
import { KEPT, keptRoot, outlineOf } from '../../../../tests/fixture/outline.mjs';
import type { Judged, Judgement } from '../../generated/judgement.ts';
import { Verifier } from './verifier.ts';
import { faults, lengths, sentence } from './words.ts';

/** Built by `cargo xtask verifier`. */
const wasm = readFileSync(new URL('../../../wasm/verifier.wasm', import.meta.url));
const outline = (what: object): Uint8Array => new Uint8Array((outlineOf as (what: object) => { bytes: Uint8Array })(what).bytes);
const root: string = (keptRoot as () => string)();

async function verifier(): Promise<Verifier> {
  const { instance } = await WebAssembly.instantiate(wasm);
  return new Verifier(instance);
}

async function judge(bytes: Uint8Array, under = root): Promise<Judgement> {
  const judging = await verifier();
  judging.expect(bytes.length, under);
  // In pieces, as a network brings them.
  for (let at = 0; at < bytes.length; at += 1000) judging.take(bytes.subarray(at, at + 1000));
  return judging.judge();
}

async function judged(what: object): Promise<Judged> {
  const judgement = await judge(outline(what));
  if (judgement.outcome !== 'judged') throw new Error('not judged');
  return judgement;
}

describe('the verifier in the page', () => {
  it('proves a whole record', async () => {
    const found = await judged({ bundle: 'whole' });
    expect(found.session).toBe((KEPT as { whole: { id: string } }).whole.id);
    expect(found.tracks[0]?.stretches).toEqual([{ standing: 'proven', from_ms: 0, to_ms: 8000 }]);
    expect(sentence(found)).toBe('8 s proven, nothing altered, nothing left out.');
  });

  it('names the seconds that were altered and left out, and no other', async () => {
    const found = await judged({ bundle: 'whole', damage: [2], drop: [5, 6] });
    expect(found.tracks[0]?.stretches.map(({ standing, from_ms, to_ms }) => [standing, from_ms, to_ms])).toEqual([
      ['proven', 0, 2000],
      ['damaged', 2000, 3000],
      ['proven', 3000, 5000],
      ['missing', 5000, 7000],
      ['proven', 7000, 8000],
    ]);
    expect(faults(found).map(({ code }) => code)).toEqual(['altered', 'missing']);
    expect(sentence(found)).toBe('2 faults found in the record of this session.');
  });

  it('proves nothing without receipts', async () => {
    expect(lengths(await judged({ bundle: 'whole', receipts: false }))).toEqual([{ standing: 'unreceipted', ms: 8000 }]);
  });

  it('proves nothing under another root', async () => {
    const judgement = await judge(outline({ bundle: 'whole' }), 'a1'.repeat(32));
    expect(judgement.outcome === 'judged' && judgement.session).toBeNull();
    expect(judgement.outcome === 'judged' && sentence(judgement)).toContain('Nothing of this session is proven');
  });

  it('takes nothing else for a record', async () => expect(await judge(new Uint8Array(64))).toEqual({ outcome: 'not-one' }));

  it('judges no record that broke off, and takes no more than was announced', async () => {
    const bytes = outline({ bundle: 'whole' });
    const judging = await verifier();
    judging.expect(bytes.length, root);
    judging.take(bytes.subarray(0, -1));
    expect(() => judging.judge()).toThrow('broke off');
    expect(() => judging.take(bytes.subarray(0, 2))).toThrow('more than it announced');
    expect(() => judging.expect(Number.NaN, root)).toThrow('too long');
    expect(() => judging.expect(10, 'nonsense')).toThrow('fingerprint');
  });
});
