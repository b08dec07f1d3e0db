import type {
  AlarmList,
  AuditPage,
  Device,
  DeviceCode,
  FirstAdministrator,
  LaunchLink,
  Login,
  Me,
  OwnPassword,
  Person,
  PersonAdd,
  PersonChange,
  RightsEntry,
  Secret,
  SecretAdd,
  SecretChange,
  SessionList,
  SessionPage,
  State,
} from '@chaperone/shared/generated/index.ts';
import { call } from './call.ts';

const segment = encodeURIComponent;

/** The console's interface, one function a route. */
export const api = {
  state: () => call<State>('GET', '/api/state'),
  firstAdministrator: (body: FirstAdministrator) => call<unknown>('POST', '/api/first-administrator', body),
  login: (body: Login) => call<unknown>('POST', '/api/login', body),
  logout: () => call<unknown>('POST', '/api/logout'),
  me: () => call<Me>('GET', '/api/me'),
  changeOwnPassword: (body: OwnPassword) => call<unknown>('PUT', '/api/me/password', body),

  secrets: () => call<Secret[]>('GET', '/api/secrets'),
  addSecret: (body: SecretAdd) => call<unknown>('POST', '/api/secrets', body),
  changeSecret: (id: string, body: SecretChange) => call<unknown>('PUT', `/api/secrets/${segment(id)}`, body),
  removeSecret: (id: string) => call<unknown>('DELETE', `/api/secrets/${segment(id)}`),
  setRights: (id: string, rights: RightsEntry[]) => call<unknown>('PUT', `/api/secrets/${segment(id)}/rights`, { rights }),
  launch: (id: string) => call<LaunchLink>('POST', `/api/secrets/${segment(id)}/launch`),

  devices: () => call<Device[]>('GET', '/api/devices'),
  deviceCode: () => call<DeviceCode>('POST', '/api/devices/code'),
  revokeDevice: (id: string) => call<unknown>('DELETE', `/api/devices/${segment(id)}`),

  people: () => call<Person[]>('GET', '/api/people'),
  addPerson: (body: PersonAdd) => call<unknown>('POST', '/api/people', body),
  changePerson: (id: string, body: PersonChange) => call<unknown>('PUT', `/api/people/${segment(id)}`, body),
  setPassword: (id: string, password: string) => call<unknown>('PUT', `/api/people/${segment(id)}/password`, { password }),
  removePerson: (id: string) => call<unknown>('DELETE', `/api/people/${segment(id)}`),

  sessions: (query: URLSearchParams) => call<SessionList>('GET', `/api/sessions?${query}`),
  session: (id: string) => call<SessionPage>('GET', `/api/sessions/${segment(id)}`),
  endSession: (id: string, message: string) => call<unknown>('POST', `/api/sessions/${segment(id)}/end`, { message }),
  message: (id: string, text: string) => call<unknown>('POST', `/api/sessions/${segment(id)}/message`, { text }),
  audit: (query: URLSearchParams) => call<AuditPage>('GET', `/api/audit?${query}`),
  alarms: () => call<AlarmList>('GET', '/api/alarms'),
  acknowledgeAlarm: (id: number) => call<unknown>('POST', `/api/alarms/${id}/acknowledge`),
  outline: (id: string) => `/api/sessions/${segment(id)}/outline`,
  bundle: (id: string) => `/api/sessions/${segment(id)}/bundle`,
  recording: (id: string) => `/api/sessions/${segment(id)}/recording.mp4`,
};
