import type { Person, RightsEntry, SecretRight } from '@chaperone/shared/generated/index.ts';

/** What one person may do with a secret, nothing included. */
export type Right = SecretRight | 'none';

export const RIGHTS = [
  { value: 'none', label: 'Nothing' },
  { value: 'may-see', label: 'See' },
  { value: 'may-launch', label: 'Launch' },
] as const satisfies readonly { value: Right; label: string }[];

/** `3 may launch · 1 may see`, for a table. */
export function rightsInWords(rights: readonly RightsEntry[]): string {
  const launch = rights.filter((entry) => entry.right === 'may-launch').length;
  const see = rights.length - launch;
  if (rights.length === 0) return 'nobody yet';
  return [launch > 0 ? `${launch} may launch` : '', see > 0 ? `${see} may see` : ''].filter((part) => part !== '').join(' · ');
}

/** Everybody's right by person, as a form holds it. An auditor launches nothing, so no right is offered to one. */
export function rightsForm(people: readonly Person[], rights: readonly RightsEntry[]): Record<string, Right> {
  const held = new Map(rights.map((entry) => [entry.person, entry.right]));
  return Object.fromEntries(people.filter((person) => person.role !== 'auditor').map((person) => [person.id, held.get(person.id) ?? 'none']));
}

/** The form as the server takes it: those with a right. */
export function rightsEntries(form: Readonly<Record<string, Right>>): RightsEntry[] {
  return Object.entries(form).flatMap(([person, right]) => (right === 'none' ? [] : [{ person, right }]));
}

/** Those who may launch before a change and not after it: what runs of theirs is ended. */
export function losers(before: readonly RightsEntry[], after: readonly RightsEntry[]): string[] {
  const launchers = (entries: readonly RightsEntry[]) => entries.filter((entry) => entry.right === 'may-launch').map((entry) => entry.person);
  const left = new Set(launchers(after));
  return launchers(before).filter((person) => !left.has(person));
}
