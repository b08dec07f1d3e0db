import { count } from '@chaperone/shared/format/count.ts';

const GAPS: Record<string, string> = {
  asleep: 'machine asleep',
  'capture-stopped': 'capture stopped',
  'permission-lost': 'permission to record lost',
  'screen-locked': 'screen locked',
  'encoder-failed': 'encoder failed',
  'target-gone': 'recorded window gone',
  'recorder-lost': 'recorder lost',
  'not-running': 'the recorder did not run',
  'never-arrived': 'announced, never arrived',
  damaged: 'arrived, cannot be shown',
  unaccounted: 'not accounted for by the recorder',
};

const ENDS: Record<string, string> = {
  'client-exited': 'The client was closed or the target ended the connection',
  'client-ended': 'The client was closed or the target ended the connection',
  'user-ended': 'The user ended it',
  'server-lost': 'No word from the server for 10 s',
  'record-stalled': 'The record did not reach the server in time',
  'capture-lost': 'The picture was lost and did not come back',
  'ended-by-operator': 'An operator ended it from the console',
  'launcher-lost': 'The launcher that watches the session stopped',
  'launcher-gone': 'The launcher that watches the session stopped',
  'window-missing': 'The client showed no window in time',
  'no-window': 'The client showed no window in time',
  'client-failed': 'The client could not be started or was refused by the target',
  'client-not-started': 'The client could not be started',
  'ticket-reused': 'Its ticket was used a second time',
  'storage-full': 'Too little disk space was left for the record',
  'disk-full': 'Too little disk space was left for the record',
  'user-withdrawn': 'The person was disabled or removed',
  'device-withdrawn': 'The device was revoked',
  'right-withdrawn': 'The right to launch it was withdrawn',
  'server-policy': 'A rule of the server ended it',
  'notice-declined': 'The notice was not accepted, so nothing was started',
  'capture-not-proven': 'Recording could not begin, so nothing was started',
  'recorder-failed': 'The recorder failed',
  'input-not-held': 'Keyboard and pointer could not be held back',
  recovered: 'It broke off; the device closed the record afterwards',
  asleep: 'The computer slept for longer than 10 s',
};

/** A gap's cause in words. A code this console does not know yet is shown as it is. */
export function gapCause(code: string): string {
  return GAPS[code] ?? code.replaceAll('-', ' ');
}

/** What a withdrawal does to what runs, for the button that does it: `Revoke 1 device, end 2 sessions`. */
export function withEnds(act: string, running: number): string {
  return running === 0 ? act : `${act}, end ${count(running, 'session')}`;
}

/** Why a session ended, in words. */
export function endReason(code: string): string {
  return ENDS[code] ?? code.replaceAll('-', ' ');
}

export const KINDS = {
  'ssh-password': 'SSH password',
  'ssh-key': 'SSH key',
  rdp: 'RDP account',
} as const;
