import { describe, expect, it } from 'vitest';
import { problemOf } from './call.ts';
import { difference } from './clock.ts';

describe('difference', () => {
  const local = Date.UTC(2026, 10, 22, 14, 0, 0);
  it('tells a clock that is an hour ahead', () => expect(difference('Sun, 22 Nov 2026 15:00:00 GMT', local)).toBe(3_600_500));
  it('takes what whole seconds cannot tell as none', () => expect(difference('Sun, 22 Nov 2026 13:59:59 GMT', local)).toBe(0));
  it('takes no date and nonsense as none', () => expect([difference(null, local), difference('soon', local)]).toEqual([0, 0]));
});

describe('problemOf', () => {
  it('reads the server\'s own problems', () => {
    const problem = problemOf(409, JSON.stringify({ type: 'x', title: 'Not now', status: 409, detail: 'Later', code: 'not-now' }));
    expect([problem.title, problem.detail, problem.code, problem.status]).toEqual(['Not now', 'Later', 'not-now', 409]);
  });

  it.each(['<html>Bad gateway</html>', '{}', 'null', ''])('gives a stranger\'s answer %j a code to quote', (text) => {
    expect(problemOf(502, text).code).toBe('http-502');
  });
});
