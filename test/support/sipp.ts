import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';

export interface SippOptions {
  /** `host:port` to call. */
  readonly target: string;
  /** What follows `sip:`. */
  readonly room: string;
  /** The scenario's XML; a whole ordinary call when absent. */
  readonly scenario?: string;
  readonly calls?: number;
  readonly callsPerSecond?: number;
  /** Of messages that it pretends were lost, both ways. */
  readonly lossPercent?: number;
}

/** How many calls went as the scenario says, and how many did not. */
export interface SippResult {
  readonly ok: boolean;
  readonly output: string;
}

const TIMEOUT_SECONDS = 90;

/** Runs a scenario of SIPp, a phone that does many calls, and waits for its end. */
export async function runSipp({
  target,
  room,
  scenario,
  calls = 1,
  callsPerSecond = 10,
  lossPercent = 0,
}: SippOptions): Promise<SippResult> {
  const folder = await mkdtemp(join(tmpdir(), 'muon-sipp-'));
  const file = join(folder, 'scenario.xml');
  if (scenario !== undefined) await writeFile(file, scenario);
  const [port, mediaPort] = [await freePort(), await freePort()];
  const args = [
    target,
    ...(scenario === undefined ? ['-sn', 'uac'] : ['-sf', file]),
    ...(lossPercent > 0 ? ['-lost', `${lossPercent}`] : []),
    ...`-s ${room} -m ${calls} -r ${callsPerSecond} -i 127.0.0.1 -p ${port} -mp ${mediaPort}`.split(' '),
    ...`-nostdin -timeout ${TIMEOUT_SECONDS}s -timeout_error`.split(' '),
  ];
  const result = await new Promise<SippResult>((resolve) => {
    const env = { ...process.env, TERM: 'dumb' };
    execFile('sipp', args, { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ ok: error === null, output: stdout.slice(-4000) + stderr.slice(-1000) }),
    );
  });
  await rm(folder, { recursive: true });
  return result;
}
