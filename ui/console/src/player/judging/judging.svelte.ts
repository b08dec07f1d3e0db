import type { Judged } from '../../generated/judgement.ts';
import { api } from '../../server/api.ts';
import type { Answered, Asked } from './judge.worker.ts';
import { rememberedRoot, rememberRoot } from './remembered.ts';

/** The judgement on one session, made in this browser. */
export class Judging {
  judged = $state.raw<Judged | null>(null);
  /** Why nothing could be judged. */
  failed = $state<string | null>(null);
  /** The fingerprint it was judged under. */
  root = $state<string | null>(null);
  /** The fingerprint the server shows, where that is another one. */
  other = $state<string | null>(null);
  #session: string;
  #worker: Worker | null = null;

  constructor(session: string) {
    this.#session = session;
  }

  /** Judges, from the beginning. Answers how to stop. */
  start(): () => void {
    this.#stop();
    this.judged = this.failed = this.root = this.other = null;
    const worker = new Worker(new URL('./judge.worker.ts', import.meta.url), { type: 'module' });
    this.#worker = worker;
    const remembered = rememberedRoot();
    worker.addEventListener('message', (event: MessageEvent<Answered>) => this.#take(event.data, remembered));
    worker.addEventListener('error', () => this.#take({ failed: 'the verifier could not be loaded' }, remembered));
    worker.postMessage({ outline: api.outline(this.#session), remembered } satisfies Asked);
    return () => this.#stop();
  }

  /** Trusts the fingerprint the server shows from now on, and judges again. */
  trustOther(): void {
    if (this.other === null) return;
    rememberRoot(this.other);
    this.start();
  }

  #take(answered: Answered, remembered: string | null): void {
    this.#stop();
    if ('failed' in answered) {
      this.failed = answered.failed;
      return;
    }
    const { judgement, root } = answered;
    if (remembered === null) rememberRoot(root);
    this.root = remembered ?? root;
    this.other = this.root === root ? null : root;
    if (judgement.outcome === 'not-one') this.failed = 'what the server gave is no record';
    else if (judgement.session !== null && judgement.session !== this.#session) this.failed = 'the server gave the record of another session';
    else this.judged = judgement;
  }

  #stop(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }
}
