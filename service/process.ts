import { SettingsError } from './settings.ts';
import type { Log } from './log.ts';

/** A service that runs until it is closed. */
export interface Service {
  /** Settles when it takes work; at once when absent. */
  readonly ready?: Promise<void>;
  close(): Promise<void>;
  /** How long closing may take; a peer that holds a socket open must not hold the process. */
  readonly closeTimeoutMs?: number;
}

const CLOSE_TIMEOUT_MS = 3000;

/**
 * Runs a service as this process: ends it on SIGINT and SIGTERM, and when the process that started it with an IPC
 * channel is gone. A setting that does not fit is told as one sentence.
 */
export async function runProcess(start: () => Promise<Service>): Promise<void> {
  try {
    const service = await start();
    let closing = false;
    const close = (): void => {
      if (closing) return;
      closing = true;
      setTimeout(() => process.exit(0), service.closeTimeoutMs ?? CLOSE_TIMEOUT_MS).unref();
      void service.close().finally(() => process.exit(0));
    };
    process.on('SIGINT', close);
    process.on('SIGTERM', close);
    if (process.connected) process.on('disconnect', close);
    await service.ready;
    process.send?.({ type: 'ready' });
  } catch (error) {
    process.stderr.write(error instanceof SettingsError ? `${error.message}\n` : `${String((error as Error).stack)}\n`);
    process.exit(1);
  }
}

/** An error that nobody caught ends the process, since its state is unknown; whoever runs it starts it again. */
export function logFatalErrors(log: Log): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'ending after an error that nobody caught');
    process.exit(1);
  });
}
