import type { Person, RightsEntry } from '@chaperone/shared/generated/index.ts';
import { expect, it } from 'vitest';
import { losers, rightsEntries, rightsForm, rightsInWords } from './rights.ts';

const person = (id: string, role: Person['role']): Person => ({ id, name: id, role, added_ms: 0, last_login_ms: null, disabled_ms: null, running: 0 });
const people = [person('a', 'user'), person('b', 'auditor'), person('c', 'operator')];
const rights: RightsEntry[] = [{ person: 'c', right: 'may-launch' }];

it('says rights in words', () => {
  expect(rightsInWords([])).toBe('nobody yet');
  expect(rightsInWords(rights)).toBe('1 may launch');
  expect(rightsInWords([...rights, { person: 'a', right: 'may-see' }])).toBe('1 may launch · 1 may see');
});

it('offers everyone but auditors a right, and keeps what is held', () => expect(rightsForm(people, rights)).toEqual({ a: 'none', c: 'may-launch' }));

it('sends back those with a right alone', () => expect(rightsEntries(rightsForm(people, rights))).toEqual(rights));

it('knows who may not launch any more', () => {
  expect(losers(rights, rights)).toEqual([]);
  expect(losers(rights, [{ person: 'c', right: 'may-see' }])).toEqual(['c']);
  expect(losers([{ person: 'c', right: 'may-see' }], [])).toEqual([]);
});
