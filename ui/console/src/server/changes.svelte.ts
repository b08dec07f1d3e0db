import type { SessionBeat, SessionSummary } from '@chaperone/shared/generated/index.ts';
import { untrack } from 'svelte';

const AGAIN_AFTER_MS = 5_000;

interface Listener {
  onSession: (session: SessionSummary) => void;
  /** A sign of life that changes nothing else. */
  onBeat?: (beat: SessionBeat) => void;
  /** Changes were missed, because the stream broke or could not be followed: everything must be fetched anew. */
  onBack?: () => void;
}

/** The server's stream of changes: one connection for all pages, open while anyone listens. */
class Changes {
  /** False while the stream is broken and being opened again. */
  connected = $state(true);
  #source: EventSource | null = null;
  #listeners = new Set<Listener>();
  #wasLost = false;
  #again: ReturnType<typeof setTimeout> | undefined;

  /** Listens until the returned function is called. Fits `$effect(() => changes.listen(…))`. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (this.#source === null) this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#close();
    };
  }

  #open(): void {
    const source = new EventSource('/api/events');
    this.#source = source;
    source.addEventListener('session', (event: MessageEvent<string>) => {
      const session = JSON.parse(event.data) as SessionSummary;
      untrack(() => this.#listeners.forEach((listener) => listener.onSession(session)));
    });
    source.addEventListener('beat', (event: MessageEvent<string>) => {
      const beat = JSON.parse(event.data) as SessionBeat;
      untrack(() => this.#listeners.forEach((listener) => listener.onBeat?.(beat)));
    });
    // This listener was too slow and changes were lost to it.
    source.addEventListener('reload', () => untrack(() => this.#listeners.forEach((listener) => listener.onBack?.())));
    source.addEventListener('open', () => {
      this.connected = true;
      if (this.#wasLost) untrack(() => this.#listeners.forEach((listener) => listener.onBack?.()));
      this.#wasLost = false;
    });
    source.addEventListener('error', () => {
      this.connected = false;
      this.#wasLost = true;
      // A break is mended by the browser; an answer that is no stream (a login that is over) ends its tries.
      if (source.readyState === EventSource.CLOSED) this.#again = setTimeout(() => this.#open(), AGAIN_AFTER_MS);
    });
  }

  #close(): void {
    clearTimeout(this.#again);
    this.connected = true;
    this.#source?.close();
    this.#source = null;
    this.#wasLost = false;
  }
}

export const changes = new Changes();
