import { describe, expect, it } from 'vitest';
import { changeOf, draftOf, emptyDraft, keyscanCommand, secretOf } from './draft.ts';

describe('secretOf', () => {
  it('fills in the port of the kind', () => {
    expect(secretOf({ ...emptyDraft(), kind: 'rdp' }).port).toBe(3389);
    expect(secretOf({ ...emptyDraft(), port: '2222' }).port).toBe(2222);
  });

  it('sends a password as typed and a key with its line end', () => {
    expect(secretOf({ ...emptyDraft(), value: ' p w ' }).value).toBe(' p w ');
    expect(secretOf({ ...emptyDraft(), kind: 'ssh-key', value: '\nKEY\n\n' }).value).toBe('KEY\n');
  });

  it('takes a whole line of ssh-keyscan', () => {
    expect(secretOf({ ...emptyDraft(), host_key: '[db01]:2222 ssh-ed25519 AAAA' }).host_key).toBe('ssh-ed25519 AAAA');
    expect(secretOf({ ...emptyDraft(), host_key: ' ssh-ed25519 AAAA root@db01 ' }).host_key).toBe('ssh-ed25519 AAAA root@db01');
  });

  it('names a domain for Remote Desktop alone', () => {
    expect(secretOf({ ...emptyDraft(), kind: 'rdp', domain: ' CORP ' }).domain).toBe('CORP');
    expect('domain' in secretOf({ ...emptyDraft(), kind: 'rdp' })).toBe(false);
    expect('domain' in secretOf({ ...emptyDraft(), domain: 'CORP' })).toBe(false);
  });
});

describe('draftOf', () => {
  it('keeps whether sessions freeze', () => {
    for (const freeze of [true, false]) {
      const stored = { ...secretOf({ ...emptyDraft(), freeze }), id: '', domain: null, may_launch: true, last_used_ms: null, added_ms: 0, running: 0 };
      expect(changeOf(draftOf(stored)).freeze).toBe(freeze);
    }
  });
});

describe('changeOf', () => {
  it('leaves the stored value alone unless another one is given', () => {
    expect('value' in changeOf({ ...emptyDraft(), value: ' ' })).toBe(false);
    expect(changeOf({ ...emptyDraft(), value: ' p w ' }).value).toBe(' p w ');
    expect('kind' in changeOf(emptyDraft())).toBe(false);
  });
});

describe('keyscanCommand', () => {
  it('names host and port', () => {
    expect(keyscanCommand({ host: 'db01.example', port: '' })).toBe('ssh-keyscan -t ed25519 db01.example');
    expect(keyscanCommand({ host: '::1', port: '2222' })).toBe('ssh-keyscan -t ed25519 -p 2222 ::1');
  });

  it('puts nothing into a shell that a shell could read', () => {
    for (const host of ['a; rm -rf /', '$(x)', '-oProxyCommand=x', '']) expect(keyscanCommand({ host, port: '' })).toBe('ssh-keyscan -t ed25519 HOST');
  });
});
