import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A part of Muon, run as the process that it is in production. */
export interface RunningProcess {
  readonly pid: number;
  /** The last lines that it wrote. */
  readonly output: () => string;
  readonly exited: () => boolean;
  /** Ends it, gently at first. */
  close(): Promise<void>;
}

/** How much of the output is kept to explain a failure. */
const KEPT_CHARACTERS = 200_000;

export interface StartOptions {
  /** The network namespace to run in. */
  readonly namespace?: string | undefined;
}

/** Starts an entry, as `media-node/main.ts`, and waits until it says that it is ready. */
export async function startProcess(
  entry: string,
  env: Record<string, string>,
  { namespace }: StartOptions = {},
): Promise<RunningProcess> {
  const inside = namespace === undefined ? [] : ['netns', 'exec', namespace, process.execPath];
  const child = spawn(namespace === undefined ? process.execPath : 'ip', [...inside, join(root, entry)], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-KEPT_CHARACTERS));
  child.stdout!.on('data', keep);
  child.stderr!.on('data', keep);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`${entry} ended with ${code}: ${output}`)));
  });
  return {
    pid: child.pid!,
    output: () => output,
    exited: () => child.exitCode !== null || child.signalCode !== null,
    close: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exited;
  clearTimeout(timer);
}
