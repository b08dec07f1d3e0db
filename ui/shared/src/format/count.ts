/** A count with its noun: `no gaps`, `1 gap`, `3 gaps`. */
export function count(number: number, one: string, many = `${one}s`): string {
  if (number === 0) return `no ${many}`;
  return `${number} ${number === 1 ? one : many}`;
}
