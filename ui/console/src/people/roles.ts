import type { Role } from '@chaperone/shared/generated/index.ts';

export const ROLES = [
  { value: 'user', label: 'User' },
  { value: 'auditor', label: 'Auditor' },
  { value: 'operator', label: 'Operator' },
  { value: 'administrator', label: 'Administrator' },
] as const satisfies readonly { value: Role; label: string }[];

/** What each role does, for whoever gives it. */
export const MEANS: Record<Role, string> = {
  user: 'Launches the secrets given to them and sees their own sessions.',
  auditor: 'Watches every session and recording; launches nothing and changes nothing.',
  operator: 'Ends sessions and sends messages into them; launches what is given to them.',
  administrator: 'Configures the server: people, secrets, rights, devices.',
};
