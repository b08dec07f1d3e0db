import type { Judgement } from '../../generated/judgement.ts';

/** What the compiled verifier offers (`crates/apps/verify-web`). */
interface Exports {
  memory: WebAssembly.Memory;
  room: (length: number) => number;
  judge: () => number;
  answer: () => number;
}

/** Longest outline that is judged, in bytes: weeks of one session. */
const MAX_OUTLINE = 512 * 1024 * 1024;

/** The root's fingerprint stands before the outline. */
const FINGERPRINT = 32;

/** The verifier, ready to judge one outline. */
export class Verifier {
  #exports: Exports;
  #at = 0;
  #end = 0;

  constructor(instance: WebAssembly.Instance) {
    this.#exports = instance.exports as unknown as Exports;
  }

  /** Makes room for an outline of `length` bytes, to be judged under the root with this fingerprint (64 hex digits). */
  expect(length: number, root: string): void {
    if (!Number.isSafeInteger(length) || length < 0 || length > MAX_OUTLINE) throw new Error('the record is too long to be judged in a browser');
    const print = bytesOf(root);
    const at = this.#exports.room(FINGERPRINT + length);
    new Uint8Array(this.#exports.memory.buffer, at, FINGERPRINT).set(print);
    this.#at = at + FINGERPRINT;
    this.#end = this.#at + length;
  }

  /** Takes the next bytes of the outline. */
  take(bytes: Uint8Array): void {
    if (this.#at + bytes.length > this.#end) throw new Error('the server sent more than it announced');
    new Uint8Array(this.#exports.memory.buffer, this.#at, bytes.length).set(bytes);
    this.#at += bytes.length;
  }

  /** Judges what was taken. An outline that ended too soon is judged by nobody. */
  judge(): Judgement {
    if (this.#at !== this.#end) throw new Error('the record broke off while it was fetched');
    const length = this.#exports.judge();
    const answer = new Uint8Array(this.#exports.memory.buffer, this.#exports.answer(), length);
    return JSON.parse(new TextDecoder().decode(answer)) as Judgement;
  }
}

/** A fingerprint's bytes. */
function bytesOf(fingerprint: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(fingerprint)) throw new Error('the root fingerprint is not one');
  return Uint8Array.from(fingerprint.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}
