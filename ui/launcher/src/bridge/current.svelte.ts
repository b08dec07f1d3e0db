import { watchView } from './desktop.ts';
import { EMPTY, type View } from './view.ts';

/** The view as it last arrived. */
class Current {
  view = $state.raw<View>(EMPTY);
  arrived = $state(false);

  async watch(): Promise<void> {
    await watchView((view) => {
      this.view = view;
      this.arrived = true;
    });
  }
}

export const current = new Current();
