// Fetches a session's outline and judges it, beside the page: hours of record are thousands of signatures.
// The server gives this file alone a policy that lets it compile WebAssembly.

import type { Judgement } from '../../generated/judgement.ts';
import { Verifier } from './verifier.ts';

/** What the page asks: where the outline is, and the root's fingerprint that its browser remembers, if it does. */
export interface Asked {
  outline: string;
  remembered: string | null;
}

/** What came of it. `root` is the fingerprint the server shows now. */
export type Answered = { judgement: Judgement; root: string } | { failed: string };

/** Empty where the pages were built without it (`cargo xtask verifier` makes it). */
const built = Object.values(import.meta.glob<string>('../../../wasm/*.wasm', { eager: true, query: '?url', import: 'default' }));

addEventListener('message', (event: MessageEvent<Asked>) => {
  judge(event.data).then(
    (answered) => postMessage(answered),
    (thrown: unknown) => postMessage({ failed: thrown instanceof Error ? thrown.message : String(thrown) } satisfies Answered),
  );
});

async function judge({ outline, remembered }: Asked): Promise<Answered> {
  const [url] = built;
  if (url === undefined) throw new Error('these pages were built without a verifier');
  const [{ instance }, answer] = await Promise.all([WebAssembly.instantiateStreaming(fetch(url)), fetch(outline, { credentials: 'same-origin', cache: 'no-store' })]);
  const root = answer.headers.get('x-chaperone-root');
  const length = Number(answer.headers.get('content-length') ?? Number.NaN);
  if (!answer.ok || answer.body === null || root === null) throw new Error(`the server did not give the record (status ${answer.status})`);
  const verifier = new Verifier(instance);
  verifier.expect(length, remembered ?? root);
  const reader = answer.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) verifier.take(next.value);
  return { judgement: verifier.judge(), root };
}
