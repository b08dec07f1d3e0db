import type { AuditLine } from '@chaperone/shared/generated/index.ts';
import { expect, it } from 'vitest';
import { aboutWords, actionWords, alarmWords, chainWords } from './words.ts';

const line = (change: Partial<AuditLine>): AuditLine => ({
  id: 7,
  at_ms: 1_000,
  actor: 'alice',
  action: 'logged-in',
  alarm: false,
  acknowledged: null,
  person: null,
  secret: null,
  device: null,
  session: null,
  actor_id: 'person 1',
  subject: '1',
  detail: [],
  hash: 'ab',
  ...change,
});
const session = { id: 's', title: 'db01 root', user_name: 'bob' };

it('says a code it does not know as it is', () => {
  expect(actionWords('logged-in')).toBe('Logged in');
  expect(actionWords('moon-landed')).toBe('moon landed');
});

it('names the session first and repeats no actor', () => {
  expect(aboutWords(line({ session, person: 'carla' }))).toBe('db01 root · bob');
  expect(aboutWords(line({ person: 'alice' }))).toBe('');
  expect(aboutWords(line({ secret: 'db01', person: 'bob' }))).toBe('db01 · bob');
  expect(aboutWords(line({ action: 'alarm-acknowledged', subject: '3' }))).toBe('Alarm on line 3');
});

it('says what an alarm means with the names it has', () => {
  expect(alarmWords(line({ action: 'ticket-reused-alarm', session }))).toContain('bob for db01 root');
  expect(alarmWords(line({ action: 'ticket-reused-alarm' }))).toBe('A ticket was used a second time');
});

it('says where the chain breaks', () => {
  expect(chainWords({ is: 'unbroken', lines: 1, head: 'ab' })).toBe('Chain unbroken: 1 line');
  expect(chainWords({ is: 'broken', line: 12 })).toContain('line 12');
});
