import type { LaunchLink, Secret, SessionSummary } from '@chaperone/shared/generated/index.ts';
import { account } from '../server/account.svelte.ts';
import { api } from '../server/api.ts';
import { asProblem, type CallError } from '../server/call.ts';
import { serverNow } from '../server/clock.ts';

type Stage =
  | { is: 'refused'; secret: Secret; problem: CallError }
  | { is: 'handed-over'; secret: Secret; link: LaunchLink; at_ms: number }
  | { is: 'running'; secret: Secret; session: SessionSummary };

/** One launch from the click until its session shows itself. */
export class Launching {
  stage = $state.raw<Stage>();
  /** The secret whose ticket is being asked for. */
  asking = $state<string | null>(null);
  #me: string;
  #started: () => void;

  constructor(me: string, started: () => void) {
    this.#me = me;
    this.#started = started;
  }

  /** Asks for a ticket and hands its link to the operating system, which gives it to the launcher. */
  async launch(secret: Secret): Promise<void> {
    if (this.asking !== null) return;
    this.asking = secret.id;
    try {
      const link = await api.launch(secret.id);
      this.stage = { is: 'handed-over', secret, link, at_ms: serverNow() };
      location.assign(link.link);
    } catch (thrown) {
      const problem = asProblem(thrown);
      this.stage = { is: 'refused', secret, problem };
      account.noticed(problem);
    } finally {
      this.asking = null;
    }
  }

  /** A session changed somewhere: it may be the one this launch opened. */
  take(session: SessionSummary): void {
    const stage = this.stage;
    if (stage === undefined || stage.is === 'refused') return;
    if (stage.is === 'running') {
      if (stage.session.id === session.id) this.stage = { ...stage, session };
      return;
    }
    // Both times are the server's, to within a few seconds; half a minute separates this launch from earlier ones.
    const ours = session.user === this.#me && session.title === stage.secret.name && session.opened_ms > stage.at_ms - 30_000;
    if (!ours || session.ended_ms !== null) return;
    this.stage = { is: 'running', secret: stage.secret, session };
    this.#started();
  }

  dismiss(): void {
    this.stage = undefined;
  }
}
