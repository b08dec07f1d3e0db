import { account } from './account.svelte.ts';
import { asProblem, type CallError } from './call.ts';

/** A list the server answers a page at a time, newest first, as far as it has been fetched. A cursor names where the next page begins. */
export abstract class Pages<Item, Cursor extends string | number> {
  items = $state.raw<Item[]>();
  next = $state.raw<Cursor | null>(null);
  problem = $state.raw<CallError>();
  fetchingMore = $state(false);
  #turn = 0;

  /** Asks for one page. */
  protected abstract page(before: Cursor | null): Promise<{ items: Item[]; next: Cursor | null }>;

  /** What keeps an item from standing twice, when the list moved between two pages. */
  protected abstract idOf(item: Item): string | number;

  /** Fetches the first page anew. */
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

  async #fetch(before: Cursor | null, turn: number): Promise<void> {
    try {
      const page = await this.page(before);
      // Of several under way only the newest counts.
      if (turn !== this.#turn) return;
      const known = before === null ? [] : (this.items ?? []);
      const ids = new Set(known.map((item) => this.idOf(item)));
      this.items = [...known, ...page.items.filter((item) => !ids.has(this.idOf(item)))];
      this.next = page.next;
      this.problem = undefined;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.problem = asProblem(thrown);
      account.noticed(this.problem);
    }
  }
}
