import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWindow } from '@tauri-apps/api/window';
import type { Refusal, View } from './view.ts';

/** The one event: the whole view, anew. */
const VIEW_EVENT = 'view';

/** The desktop program's commands. Each only asks; what became of it arrives with the view. */
export const desktop = {
  /** Enrols this machine with the server that made the code. Rejects with a Refusal. */
  trustAdd: (code: string) => invoke<void>('trust_add', { code }),
  /** Forgets a server. */
  trustRemove: (origin: string) => invoke<void>('trust_remove', { origin }),
  /** Answers the notice of a launch. */
  acknowledge: (launch: number, accepted: boolean) => invoke<void>('acknowledge', { launch, accepted }),
  /** Ends a session, or cancels its start. */
  end: (launch: number) => invoke<void>('end', { launch }),
  /** Offers what waits of a session to its server now. */
  retry: (session: string) => invoke<void>('retry', { session }),
  /** Opens a server's console, at a session's page where one is named. */
  openConsole: (origin: string, session: string | null) => invoke<void>('open_console', { origin, session }),
};

/** Which window this page stands in: the label the desktop program gave it. */
export function windowLabel(): string {
  return getCurrentWindow().label;
}

/** Brings the view now and whenever it changes. */
export async function watchView(take: (view: View) => void): Promise<void> {
  await listen<View>(VIEW_EVENT, (event) => take(event.payload));
  take(await invoke<View>('view'));
}

/** A rejected command as a refusal that can be shown. */
export function asRefusal(thrown: unknown): Refusal {
  const told = thrown as Partial<Refusal> | null;
  if (typeof told?.title === 'string' && typeof told.code === 'string') return { title: told.title, detail: told.detail ?? '', code: told.code };
  return { title: 'The launcher could not do that', detail: String(thrown), code: 'launcher-failed' };
}
