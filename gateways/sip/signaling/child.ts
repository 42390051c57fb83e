import type { FromChild, ToChild } from './child-messages.ts';
import { SipjsSignaling } from './sipjs/sipjs-signaling.ts';

/** The process that signals: it parses what strangers send, so it may die and be started again without any call ending. */

const COUNTERS_INTERVAL_MS = 1000;

let signaling: SipjsSignaling | undefined;

process.on('message', (message: ToChild) => {
  switch (message.type) {
    case 'listen':
      return void listen(message.options);
    case 'command':
      return signaling?.send(message.command);
    case 'adopt':
      return signaling?.adopt(message.call, message.dialog);
    case 'close':
      return void close();
    default:
      message satisfies never;
  }
});

// The gateway decides when it is over; a terminal sends its signals to both.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(0));

async function listen(options: (ToChild & { type: 'listen' })['options']): Promise<void> {
  signaling = new SipjsSignaling(options);
  signaling.on('event', (event) => tell({ type: 'event', event }));
  signaling.on('dialog', (call, dialog) => tell({ type: 'dialog', call, dialog }));
  await signaling.listen();
  tell({ type: 'listening' });
  setInterval(tellCounters, COUNTERS_INTERVAL_MS);
}

async function close(): Promise<void> {
  await signaling?.close();
  tellCounters();
  process.disconnect();
}

function tellCounters(): void {
  if (signaling) tell({ type: 'counters', counters: signaling.counters });
}

function tell(message: FromChild): void {
  // Without a callback, a gateway that is gone would be an error of its own.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
