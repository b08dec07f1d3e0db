import { expect, it } from 'vitest';
import { placeOf } from './place.ts';

it.each([
  ['/', { page: 'launch' }],
  ['/sessions', { page: 'sessions' }],
  ['/sessions/', { page: 'sessions' }],
  ['/sessions/0199-a', { page: 'session', id: '0199-a' }],
  ['/sessions/a%2Fb', { page: 'session', id: 'a/b' }],
  ['/sessions/%zz', { page: 'session', id: '%zz' }],
  ['/sessions/a/b', { page: 'unknown' }],
  ['/audit', { page: 'audit' }],
  ['/enrol', { page: 'enrol' }],
  ['/enrol/more', { page: 'unknown' }],
  ['/nowhere', { page: 'unknown' }],
])('%s is %j', (path, place) => expect(placeOf(path)).toEqual(place));
