/** J and K or the arrows step through the rows' links or buttons (`.row`); Enter opens by itself. */
export function stepRows(event: KeyboardEvent, within: HTMLElement): void {
  const typing = event.target instanceof HTMLElement && event.target.closest('input, select, textarea, dialog, [popover]') !== null;
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const links = [...within.querySelectorAll<HTMLElement>(':is(a, button).row')];
  const current = links.findIndex((link) => link.closest('tr')?.contains(document.activeElement));
  const target = links[current === -1 ? (step === 1 ? 0 : links.length - 1) : current + step];
  if (target === undefined) return;
  event.preventDefault();
  target.focus();
}
