import { account } from './account.svelte.ts';
import { asProblem, type CallError } from './call.ts';

/**
 * Something the server answers with, and what became of asking: `value` once it came, `problem` when the last try failed.
 * A failed refresh keeps the value that was there.
 */
export class Fetched<T> {
  value = $state.raw<T>();
  problem = $state.raw<CallError>();
  #ask: () => Promise<T>;
  #turn = 0;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** Asks again. Of several under way only the newest counts. */
  async refresh(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const value = await this.#ask();
      if (turn !== this.#turn) return;
      this.value = value;
      this.problem = undefined;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.problem = asProblem(thrown);
      account.noticed(this.problem);
    }
  }
}

/** One act at a time, with its problem if it failed. */
export class Act {
  busy = $state(false);
  problem = $state.raw<CallError>();

  /** Runs the act. Answers whether it succeeded. */
  async run(act: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = undefined;
    try {
      await act();
      return true;
    } catch (thrown) {
      this.problem = asProblem(thrown);
      account.noticed(this.problem);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
