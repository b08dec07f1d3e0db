/** A fingerprint or hash in groups of four, so that two can be compared by eye. */
export function grouped(text: string): string {
  return text.replace(/(.{4})(?=.)/g, '$1 ');
}

/** The two ends of a long name for a table; the whole stands in its title. */
export function shortened(text: string, ends = 6): string {
  return text.length <= ends * 2 + 1 ? text : `${text.slice(0, ends)}…${text.slice(-ends)}`;
}
