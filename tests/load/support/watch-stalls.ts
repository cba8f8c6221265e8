import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Loaded into a server before its own code: answers the longest stall of the event loop since the last question, in milliseconds. */
const RESOLUTION_MS = 1;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
// Nobody measures any more.
process.once('disconnect', () => process.exit(1));
process.on('message', (message: { readonly stall?: boolean }) => {
  if (!message.stall) return;
  const stallMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
  delay.reset();
  process.send?.({ stallMs });
});
