/** A program's text as a sentence for people: a capital in front, a full stop behind where no mark stands. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const [first = '', ...rest] = trimmed;
  // A name that is written in mixed case, or with a dot or slash, keeps its own first letter.
  const word = /^\S+/.exec(trimmed)?.[0] ?? '';
  const capital = /[A-Z./:_-]/.test(word.slice(1).replace(/[.,:;]$/, '')) ? first : first.toUpperCase();
  return capital + rest.join('') + (/[.!?…]$/.test(trimmed) ? '' : '.');
}
