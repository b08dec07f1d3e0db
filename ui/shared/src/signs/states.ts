/** What the sign can say. The same words stand in the tray's tooltip and menu. */
export type SignState = 'idle' | 'recording' | 'waiting' | 'parked' | 'lost' | 'needs-you';

export const SIGN_WORDS: Record<SignState, string> = {
  idle: 'Nothing is recorded',
  recording: 'Recording now',
  waiting: 'Uploads are waiting',
  parked: 'Uploads are parked',
  lost: 'Server lost',
  'needs-you': 'Needs you',
};
