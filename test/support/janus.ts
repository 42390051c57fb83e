import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { until } from './until.ts';

/** Of Janus as it is installed, such as 1.1.2; undefined when it is not. */
export const janusVersion: string | undefined = installedVersion();

const KEPT_CHARACTERS = 4000;

/** Everything but VideoRoom over WebSocket, so that its memory is that of what it does here. */
const LEFT_OUT = {
  plugins: 'audiobridge duktape echotest lua nosip recordplay sip streaming textroom videocall voicemail',
  transports: 'http mqtt nanomsg pfunix rabbitmq',
};

/**
 * A real Janus gateway, set up as its package sets it up, but for what costs it least: as many event loops as there are cores,
 * and ICE lite. Use with `await using`.
 */
export class Janus implements AsyncDisposable {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: string;
  #output = '';

  static async start(): Promise<Janus> {
    const folder = await mkdtemp(join(tmpdir(), 'muon-janus-'));
    const port = await freePort();
    await writeFile(join(folder, 'janus.jcfg'), configuration(folder));
    await writeFile(
      join(folder, 'janus.transport.websockets.jcfg'),
      `general: { json = "plain", ws = true, ws_port = ${port}, ws_ip = "127.0.0.1" }\n`,
    );
    const args = ['-C', join(folder, 'janus.jcfg'), '-F', folder];
    const janus = new Janus(spawn('janus', args, { stdio: ['ignore', 'pipe', 'pipe'] }), port, folder);
    await until('Janus listens', async () => {
      if (!janus.running) throw new Error(janus.output);
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
      return true;
    });
    return janus;
  }

  private constructor(child: ChildProcess, port: number, folder: string) {
    this.url = `ws://127.0.0.1:${port}`;
    this.#process = child;
    this.#folder = folder;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-KEPT_CHARACTERS);
      });
    }
  }

  get pid(): number {
    return this.#process.pid!;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** What it has logged last. */
  get output(): string {
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true });
  }
}

function configuration(folder: string): string {
  const files = (names: string): string => names.replaceAll(/\S+/g, 'libjanus_$&.so').replaceAll(' ', ',');
  return [
    `general: { configs_folder = "${folder}", event_loops = ${availableParallelism()}, debug_level = 3 }`,
    // Below the ports that the system gives to whoever connects.
    'media: { rtp_port_range = "20000-23999" }',
    'nat: { ice_lite = true }',
    `plugins: { disable = "${files(LEFT_OUT.plugins)}" }`,
    `transports: { disable = "${files(LEFT_OUT.transports)}" }`,
    '',
  ].join('\n');
}

function installedVersion(): string | undefined {
  try {
    // It says so before it refuses the option.
    return /Janus version: \d+ \((\S+)\)/.exec(execFileSync('janus', ['--help'], { encoding: 'utf8' }))?.[1];
  } catch {
    return undefined;
  }
}
