import type { Me, State } from '@chaperone/shared/generated/index.ts';
import { api } from './api.ts';
import { CallError, asProblem } from './call.ts';

type Standing =
  | { is: 'asking' }
  | { is: 'unreachable'; problem: CallError }
  | { is: 'first-run'; state: State }
  | { is: 'nobody'; state: State }
  | { is: 'somebody'; me: Me; state: State };

/** Who uses this console, and what must happen before anybody can. */
class Account {
  standing = $state<Standing>({ is: 'asking' });

  async ask(): Promise<void> {
    try {
      const state = await api.state();
      if (state.needs_first_administrator) {
        this.standing = { is: 'first-run', state };
        return;
      }
      try {
        this.standing = { is: 'somebody', me: await api.me(), state };
      } catch (thrown) {
        if (!(thrown instanceof CallError && thrown.status === 401)) throw thrown;
        this.standing = { is: 'nobody', state };
      }
    } catch (thrown) {
      this.standing = { is: 'unreachable', problem: asProblem(thrown) };
    }
  }

  /** A call was refused because the login is over: asks again, which leads to the login page. */
  noticed(problem: CallError): void {
    if (problem.status === 401 && this.standing.is === 'somebody') this.standing = { is: 'nobody', state: this.standing.state };
  }

  async leave(): Promise<void> {
    await api.logout();
    await this.ask();
  }
}

export const account = new Account();
