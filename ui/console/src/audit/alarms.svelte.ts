import type { AlarmList } from '@chaperone/shared/generated/index.ts';
import { api } from '../server/api.ts';
import { changes } from '../server/changes.svelte.ts';
import { Fetched } from '../server/fetched.svelte.ts';

const AGAIN_EVERY_MS = 15_000;

/** The alarms nobody has acknowledged, known on every page. */
class Alarms extends Fetched<AlarmList> {
  constructor() {
    super(() => api.alarms());
  }

  /** Keeps them current until the returned function is called. Fits `$effect(() => alarms.follow())`. */
  follow(): () => void {
    void this.refresh();
    const timer = setInterval(() => void this.refresh(), AGAIN_EVERY_MS);
    // The alarm of a ticket used twice comes with the end of its session, which is told at once.
    const leave = changes.listen({
      onSession: (session) => {
        if (session.end_asked === 'ticket-reused' || session.end_reason === 'ticket-reused') void this.refresh();
      },
      onBack: () => void this.refresh(),
    });
    return () => {
      clearInterval(timer);
      leave();
    };
  }
}

export const alarms = new Alarms();
