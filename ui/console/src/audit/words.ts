import { count } from '@chaperone/shared/format/count.ts';
import type { AuditChain, AuditLine } from '@chaperone/shared/generated/index.ts';

const ACTIONS: Record<string, string> = {
  'first-administrator': 'Made the first administrator',
  'person-added': 'Added a person',
  'person-changed': 'Changed a person',
  'person-removed': 'Removed a person',
  'password-changed': 'Changed a password',
  'logged-in': 'Logged in',
  'login-refused': 'Login refused',
  'logged-out': 'Logged out',
  'secret-added': 'Added a secret',
  'secret-changed': 'Changed a secret',
  'secret-removed': 'Removed a secret',
  'rights-changed': 'Changed rights',
  'launch-asked': 'Asked for a launch',
  'launch-refused': 'Launch refused',
  'enrolment-code-made': 'Made an enrolment code',
  'device-enrolled': 'Enrolled a device',
  'device-revoked': 'Revoked a device',
  'ticket-redeemed': 'Used a ticket',
  'ticket-refused': 'Ticket refused',
  'ticket-reused-alarm': 'Used a ticket a second time',
  'session-end-asked': 'Asked a session to end',
  'message-sent': 'Sent a message',
  'session-closed': 'Closed the record',
  'recording-viewed': 'Watched a recording',
  'film-altered': 'Found a film altered',
  'record-damaged': 'Found stored record damaged',
  'session-exported': 'Exported a session',
  'audit-exported': 'Exported the audit log',
  'backup-made': 'Made a backup',
  'store-restored': 'Restored the store from a backup',
  'alarm-acknowledged': 'Acknowledged an alarm',
};

/** What happened, in words. A code this console does not know yet is shown as it is. */
export function actionWords(code: string): string {
  return ACTIONS[code] ?? code.replaceAll('-', ' ');
}

/** What a line is about, by the names that are known: a session before the secret, device or person. */
export function aboutWords(line: AuditLine): string {
  if (line.session !== null) return `${line.session.title} · ${line.session.user_name}`;
  if (line.action === 'alarm-acknowledged') return `Alarm on line ${line.subject}`;
  const names = [line.secret, line.device, line.person].filter((name) => name !== null && name !== line.actor);
  return names.join(' · ');
}

/** What the newest alarm means, for whoever sees it first. */
export function alarmWords(line: AuditLine): string {
  switch (line.action) {
    case 'ticket-reused-alarm':
      return line.session === null
        ? 'A ticket was used a second time'
        : `The ticket of ${line.session.user_name} for ${line.session.title} was used a second time, and the session ended: somebody else may hold the link`;
    case 'film-altered':
      return line.session === null
        ? 'A kept film is not the one that was made from the record'
        : `The kept film of ${line.session.title} by ${line.session.user_name} is not the one that was made from the record; it is made again`;
    case 'store-restored':
      return 'The store was restored from a backup: what happened after the backup is not in this log';
    default:
      return actionWords(line.action);
  }
}

/** What the walk along the chain found. */
export function chainWords(chain: AuditChain): string {
  return chain.is === 'unbroken'
    ? `Chain unbroken: ${count(chain.lines, 'line')}`
    : `Chain broken at line ${chain.line}: it was changed or is missing. Compare with a copy kept elsewhere.`;
}
