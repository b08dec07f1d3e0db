import type { Secret } from '@chaperone/shared/generated/index.ts';

/** The secrets that fit what was typed: every word must occur in name, target or account. Recently used first. */
export function matching(secrets: readonly Secret[], typed: string): Secret[] {
  const words = typed.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return secrets
    .filter((secret) => {
      const text = `${secret.name} ${secret.host} ${secret.account} ${secret.kind}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => (b.last_used_ms ?? 0) - (a.last_used_ms ?? 0) || a.name.localeCompare(b.name));
}
