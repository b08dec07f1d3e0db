import type { Secret } from '@chaperone/shared/generated/index.ts';
import { expect, it } from 'vitest';
import { matching } from './match.ts';

const secret = (name: string, last_used_ms: number | null): Secret => ({
  id: name,
  name,
  kind: 'ssh-key',
  host: `${name}.example`,
  port: 22,
  account: 'root',
  domain: null,
  host_key: '',
  recorded: true,
  freeze: false,
  may_launch: true,
  last_used_ms,
  added_ms: 0,
  rights: [],
  running: 0,
});

const secrets = [secret('web', null), secret('db', 5), secret('app', 9), secret('api', null)];
const names = (typed: string): string[] => matching(secrets, typed).map(({ name }) => name);

it('puts the recently used first, the rest by name', () => expect(names('')).toEqual(['app', 'db', 'api', 'web']));
it('wants every word somewhere', () => {
  expect(names('DB root')).toEqual(['db']);
  expect(names('db web')).toEqual([]);
  expect(names('  example ')).toHaveLength(4);
});
