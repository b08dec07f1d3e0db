import type { Secret, SecretAdd, SecretChange, SecretKind } from '@chaperone/shared/generated/index.ts';
import { rightsEntries, type Right } from './rights.ts';

/** A secret while it is being written down: every field as its control holds it. */
export interface Draft {
  name: string;
  kind: SecretKind;
  host: string;
  port: string;
  account: string;
  domain: string;
  host_key: string;
  value: string;
  recorded: boolean;
  freeze: boolean;
  rights: Record<string, Right>;
}

export const DEFAULT_PORT: Record<SecretKind, number> = { 'ssh-password': 22, 'ssh-key': 22, rdp: 3389 };

export function emptyDraft(): Draft {
  return { name: '', kind: 'ssh-password', host: '', port: '', account: '', domain: '', host_key: '', value: '', recorded: true, freeze: false, rights: {} };
}

/** A stored secret to be changed. Its value is not known here, and its rights are changed apart. */
export function draftOf(secret: Secret): Draft {
  const { name, kind, host, account, host_key, recorded, freeze } = secret;
  return { name, kind, host, port: String(secret.port), account, domain: secret.domain ?? '', host_key, value: '', recorded, freeze, rights: {} };
}

/** The draft of a new secret as the server takes it. */
export function secretOf(draft: Draft): SecretAdd {
  return { ...fieldsOf(draft), kind: draft.kind, value: valueOf(draft), rights: rightsEntries(draft.rights) };
}

/** The draft of a stored secret as the server takes it: without a value, the stored one stays. */
export function changeOf(draft: Draft): SecretChange {
  return { ...fieldsOf(draft), ...(draft.value.trim() === '' ? {} : { value: valueOf(draft) }) };
}

function fieldsOf(draft: Draft): Omit<SecretChange, 'value'> {
  const domain = draft.domain.trim();
  return {
    name: draft.name.trim(),
    host: draft.host.trim(),
    port: draft.port.trim() === '' ? DEFAULT_PORT[draft.kind] : Number(draft.port),
    account: draft.account.trim(),
    ...(draft.kind === 'rdp' && domain !== '' ? { domain } : {}),
    host_key: draft.kind === 'rdp' ? draft.host_key.trim() : hostKeyOf(draft.host_key),
    recorded: draft.recorded,
    freeze: draft.freeze,
  };
}

/** Secret values go as they were typed; a pasted key gets the line end it needs. */
function valueOf(draft: Draft): string {
  return draft.kind === 'ssh-key' ? `${draft.value.trim()}\n` : draft.value;
}

/** Takes a whole line of ssh-keyscan too: the host in front of the key type is dropped. */
function hostKeyOf(text: string): string {
  const words = text.trim().split(/\s+/);
  const type = words.findIndex((word) => /^(ssh-|ecdsa-|sk-)/.test(word));
  return words.slice(Math.max(0, type)).join(' ');
}

/** The command that prints the target's host key. Only a plain host name goes into a command to be copied. */
export function keyscanCommand(draft: Pick<Draft, 'host' | 'port'>): string {
  const host = /^[A-Za-z0-9.:_-]+$/.test(draft.host.trim()) && !draft.host.trim().startsWith('-') ? draft.host.trim() : 'HOST';
  const port = /^[0-9]+$/.test(draft.port.trim()) && draft.port.trim() !== '22' ? ` -p ${draft.port.trim()}` : '';
  return `ssh-keyscan -t ed25519${port} ${host}`;
}
