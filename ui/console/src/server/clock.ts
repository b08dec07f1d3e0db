/** How far the server's wall clock is ahead of this machine's, as its last answer told. */
let ahead_ms = 0;

/** An answer's date has whole seconds and is older by its way here; less than this is no difference. */
const UNCERTAIN_MS = 2_000;

/** Reads the server's clock off an answer. */
export function heardDate(header: string | null, local_ms: number): void {
  ahead_ms = difference(header, local_ms);
}

/** How far a clock that answered with this date is ahead of ours; 0 where no difference can be told. */
export function difference(header: string | null, local_ms: number): number {
  const told = header === null ? Number.NaN : Date.parse(header) + 500;
  return Number.isNaN(told) || Math.abs(told - local_ms) < UNCERTAIN_MS ? 0 : told - local_ms;
}

/** The server's wall clock now. Every time the interface names is of that clock, so this one is compared with them. */
export function serverNow(): number {
  return Date.now() + ahead_ms;
}
