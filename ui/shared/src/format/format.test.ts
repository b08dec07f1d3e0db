import { describe, expect, it } from 'vitest';
import { count } from './count.ts';
import { clock, duration, parseClock } from './duration.ts';
import { grouped, shortened } from './fingerprint.ts';
import { sentence } from './sentence.ts';
import { size } from './size.ts';
import { ago, fullMoment, moment, secondOfDay } from './time.ts';

describe('duration', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [8_400, '8 s'],
    [59_600, '1 min 00 s'],
    [724_000, '12 min 04 s'],
    [3_720_000, '1 h 02 min'],
    [183_600_000, '2 d 03 h'],
  ])('reads %d ms as %s', (ms, text) => expect(duration(ms)).toBe(text));
});

describe('clock', () => {
  it.each([
    [0, '00:00:00'],
    [761_999, '00:12:41'],
    [360_000_000, '100:00:00'],
  ])('shows %d ms as %s', (ms, text) => expect(clock(ms)).toBe(text));
});

describe('parseClock', () => {
  it.each([
    ['90', 90_000],
    ['90.5', 90_500],
    ['1:30', 90_000],
    ['1:02:03', 3_723_000],
    ['1h2m3s', 3_723_000],
    [' 2m ', 120_000],
    ['1H', 3_600_000],
  ])('reads %s', (text, ms) => expect(parseClock(text)).toBe(ms));

  it.each(['', 'soon', '-4', '1:2:3:4', '1e9', '5:', '0x10'])('refuses %j', (text) => expect(parseClock(text)).toBeNull());

  it('reads back what clock shows', () => {
    for (const ms of [0, 1000, 61_000, 3_599_000, 90_061_000]) expect(parseClock(clock(ms))).toBe(ms);
  });
});

describe('size', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [34_400, '34 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [1_240_000, '1.2 MB'],
    [999_950_000, '1.0 GB'],
  ])('reads %d bytes as %s', (bytes, text) => expect(size(bytes)).toBe(text));
});

describe('count', () => {
  it('knows none, one and many', () => {
    expect([0, 1, 2].map((number) => count(number, 'gap'))).toEqual(['no gaps', '1 gap', '2 gaps']);
    expect(count(2, 'entry', 'entries')).toBe('2 entries');
  });
});

describe('fingerprint', () => {
  it('groups by four without a trailing space', () => expect(grouped('0123456789ab')).toBe('0123 4567 89ab'));
  it('keeps both ends of what is long and all of what is short', () => {
    expect(shortened('0123456789abcdef', 4)).toBe('0123…cdef');
    expect(shortened('short')).toBe('short');
  });
});

describe('sentence', () => {
  it.each([
    ['check both and try again', 'Check both and try again.'],
    ['Already one.', 'Already one.'],
    ['first, then second', 'First, then second.'],
    ['ssh-keyscan failed', 'ssh-keyscan failed.'],
    ['https://a.example does not answer', 'https://a.example does not answer.'],
    ['  ', ''],
  ])('makes %j into %j', (text, read) => expect(sentence(text)).toBe(read));
});

describe('time', () => {
  const now = Date.UTC(2026, 10, 22, 14, 30);
  it('is as short as its age allows', () => {
    expect(moment(Date.UTC(2026, 10, 22, 9, 5), now, 'UTC')).toBe('09:05');
    expect(moment(Date.UTC(2026, 10, 20, 9, 5), now, 'UTC')).toBe('Fri 09:05');
    expect(moment(Date.UTC(2026, 2, 12, 9, 5), now, 'UTC')).toBe('12 Mar 09:05');
    expect(moment(Date.UTC(2024, 2, 12, 9, 5), now, 'UTC')).toBe('12 Mar 2024');
  });
  it('says the zone in full', () => {
    expect(fullMoment(now, 'UTC')).toBe('22 Nov 2026, 14:30:00 UTC');
    expect(secondOfDay(now, 'UTC')).toBe('14:30:00');
  });
  it('says how long ago, and never', () => {
    expect(ago(null, now)).toBe('never');
    expect(ago(now + 5_000, now)).toBe('just now');
    expect(ago(now - 240_000, now)).toBe('4 min ago');
    expect(ago(now - 7_200_000, now)).toBe('2 h ago');
    expect(ago(now - 90_000_000, now)).toBe('yesterday');
    expect(ago(now - 5 * 86_400_000, now)).toBe('5 days ago');
  });
});
