import type { AuditChain, AuditLine } from '@chaperone/shared/generated/index.ts';
import { account } from '../server/account.svelte.ts';
import { api } from '../server/api.ts';
import { asProblem, type CallError } from '../server/call.ts';

const PAGE = '100';

/** The audit log as far as it has been fetched, newest first. */
export class AuditLines {
  lines = $state.raw<AuditLine[]>();
  next = $state<number | null>(null);
  chain = $state.raw<AuditChain | null>(null);
  problem = $state.raw<CallError>();
  fetchingMore = $state(false);
  #alarms: () => boolean;
  #turn = 0;

  constructor(alarms: () => boolean) {
    this.#alarms = alarms;
  }

  /** Fetches the first page anew, and what its walk along the chain found. */
  async refresh(): Promise<void> {
    this.#turn += 1;
    await this.#fetch(null, this.#turn);
  }

  /** Fetches the page after the last one. */
  async more(): Promise<void> {
    if (this.next === null || this.fetchingMore) return;
    this.fetchingMore = true;
    await this.#fetch(this.next, this.#turn);
    this.fetchingMore = false;
  }

  async #fetch(before: number | null, turn: number): Promise<void> {
    const query = new URLSearchParams({ limit: PAGE });
    if (this.#alarms()) query.set('alarms', 'true');
    if (before !== null) query.set('before', String(before));
    try {
      const page = await api.audit(query);
      if (turn !== this.#turn) return;
      this.lines = before === null ? page.lines : [...(this.lines ?? []), ...page.lines];
      this.next = page.next;
      if (page.chain !== null) this.chain = page.chain;
      this.problem = undefined;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.problem = asProblem(thrown);
      account.noticed(this.problem);
    }
  }
}
