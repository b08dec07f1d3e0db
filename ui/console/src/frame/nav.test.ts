import type { Me } from '@chaperone/shared/generated/index.ts';
import { expect, it } from 'vitest';
import { mayOpen, navOf } from './nav.ts';

const auditor: Me = { id: '1', name: 'ada', role: 'auditor', launches: false, sees_all_sessions: true, ends_sessions: false, configures: false, audits: true };
const user: Me = { ...auditor, role: 'user', launches: true, sees_all_sessions: false, audits: false };
const administrator: Me = { ...auditor, role: 'administrator', launches: true, ends_sessions: true, configures: true };

const labels = (me: Me): string[] => navOf(me).map((entry) => entry.label);

it('gives each role its own pages', () => {
  expect(labels(auditor)).toEqual(['Sessions', 'Audit']);
  expect(labels(user)).toEqual(['Launch', 'Sessions', 'Devices']);
  expect(labels(administrator)).toEqual(['Launch', 'Sessions', 'Secrets', 'People', 'Devices', 'Audit']);
});

it('keeps a page shut that is not in the navigation', () => {
  expect(mayOpen(user, { page: 'people' })).toBe(false);
  expect(mayOpen(user, { page: 'audit' })).toBe(false);
  expect(mayOpen(auditor, { page: 'enrol' })).toBe(false);
  expect(mayOpen(auditor, { page: 'session', id: 'x' })).toBe(true);
  expect(mayOpen(user, { page: 'unknown' })).toBe(true);
});
