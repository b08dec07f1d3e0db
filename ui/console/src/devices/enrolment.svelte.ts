import type { Device, DeviceCode } from '@chaperone/shared/generated/index.ts';
import { api } from '../server/api.ts';
import { Act } from '../server/fetched.svelte.ts';

const LOOK_EVERY_MS = 2_000;

/** One enrolment, from making a code until a device that was not there before is there. */
export class Enrolment {
  code = $state.raw<DeviceCode>();
  device = $state.raw<Device>();
  act = new Act();
  #known: Set<string> | null = null;

  async make(): Promise<void> {
    await this.act.run(async () => {
      // Read before the code exists, so that no device can slip in between.
      this.#known ??= new Set((await api.devices()).map((device) => device.id));
      this.code = await api.deviceCode();
    });
  }

  /** Looks for the new device while a code is out. Answers how to stop. */
  watch(): () => void {
    const timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }

  async #look(): Promise<void> {
    const known = this.#known;
    if (known === null || this.code === undefined || this.device !== undefined) return;
    try {
      this.device = (await api.devices()).find((device) => !known.has(device.id));
    } catch {
      // A look that fails is repeated in two seconds; there is nothing to say about a single one.
    }
  }
}
