import type { AuditChain, AuditLine } from '@chaperone/shared/generated/index.ts';
import { api } from '../server/api.ts';
import { Pages } from '../server/pages.svelte.ts';

const PAGE = '100';

/** The audit log, and what the last walk along its chain found. */
export class AuditLines extends Pages<AuditLine, number> {
  chain = $state.raw<AuditChain | null>(null);
  #alarms: () => boolean;

  constructor(alarms: () => boolean) {
    super();
    this.#alarms = alarms;
  }

  protected async page(before: number | null): Promise<{ items: AuditLine[]; next: number | null }> {
    const query = new URLSearchParams({ limit: PAGE });
    if (this.#alarms()) query.set('alarms', 'true');
    if (before !== null) query.set('before', String(before));
    const page = await api.audit(query);
    // The chain is walked for the first page only.
    if (page.chain !== null) this.chain = page.chain;
    return { items: page.lines, next: page.next };
  }

  protected idOf(line: AuditLine): number {
    return line.id;
  }
}
