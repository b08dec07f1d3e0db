import { createSubscriber } from 'svelte/reactivity';
import { serverNow } from './clock.ts';

/** The server's wall clock, once a second, for those who read it. */
const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

export function now(): number {
  subscribe();
  return serverNow();
}
