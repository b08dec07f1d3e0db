import type { SecretAdd, SecretKind } from '@chaperone/shared/generated/index.ts';
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
  rights: Record<string, Right>;
}

export const DEFAULT_PORT: Record<SecretKind, number> = { 'ssh-password': 22, 'ssh-key': 22, rdp: 3389 };

export function emptyDraft(): Draft {
  return { name: '', kind: 'ssh-password', host: '', port: '', account: '', domain: '', host_key: '', value: '', recorded: true, rights: {} };
}

/** The draft as the server takes it. Secret values go as they were typed; a pasted key gets the line end it needs. */
export function secretOf(draft: Draft): SecretAdd {
  const domain = draft.domain.trim();
  return {
    name: draft.name.trim(),
    kind: draft.kind,
    host: draft.host.trim(),
    port: draft.port.trim() === '' ? DEFAULT_PORT[draft.kind] : Number(draft.port),
    account: draft.account.trim(),
    ...(draft.kind === 'rdp' && domain !== '' ? { domain } : {}),
    host_key: draft.kind === 'rdp' ? draft.host_key.trim() : hostKeyOf(draft.host_key),
    value: draft.kind === 'ssh-key' ? `${draft.value.trim()}\n` : draft.value,
    recorded: draft.recorded,
    rights: rightsEntries(draft.rights),
  };
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
