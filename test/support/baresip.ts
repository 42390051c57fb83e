import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { makeTone, readWav, writeWav, type Sound } from './tone.ts';
import { until } from './until.ts';

const KEPT_CHARACTERS = 4000;

export interface SoftphoneOptions {
  /** What its microphone hears; the call ends with it. A minute of 1 kHz when absent. */
  readonly sound?: Sound;
  readonly codec?: 'PCMU' | 'PCMA';
  readonly transport?: 'udp' | 'tcp';
  /** User part of its address; becomes the caller's number. */
  readonly user?: string;
}

/** What baresip tells of a call, as `CALL_ESTABLISHED` or `CALL_CLOSED`; `param` is the reason in words. */
interface SoftphoneEvent {
  readonly type: string;
  readonly param?: string;
}

/** A real telephone without a screen: baresip, remote-controlled. Use with `await using`. */
export class Softphone implements AsyncDisposable {
  /** What happened, oldest first. */
  readonly events: SoftphoneEvent[] = [];
  readonly #process: ChildProcess;
  readonly #control: Socket;
  readonly #folder: string;
  readonly #transport: string;

  static async start({
    sound = makeTone(1000, { seconds: 60 }),
    codec = 'PCMU',
    transport = 'udp',
    user = '+4930123467',
  }: SoftphoneOptions = {}): Promise<Softphone> {
    const folder = await mkdtemp(join(tmpdir(), 'muon-phone-'));
    const [sipPort, controlPort] = [await freePort(), await freePort()];
    const microphone = join(folder, 'microphone.wav');
    await writeWav(microphone, sound);
    await writeFile(
      join(folder, 'accounts'),
      `<sip:${user}@127.0.0.1;transport=${transport}>;regint=0;audio_codecs=${codec}/8000/1\n`,
    );
    await writeFile(join(folder, 'config'), configuration({ folder, microphone, sipPort, controlPort }));
    const child = spawn('baresip', ['-4', '-f', folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    const output = keepOutput(child);
    const control = await until('baresip takes commands', () => connectTo(controlPort)).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw new Error(`${String(error)}; it said: ${output()}`);
    });
    return new Softphone(child, control, folder, transport);
  }

  private constructor(child: ChildProcess, control: Socket, folder: string, transport: string) {
    this.#process = child;
    this.#control = control;
    this.#folder = folder;
    this.#transport = transport;
    control.on('error', () => {});
    readNetstrings(control, (text) => {
      const message = JSON.parse(text) as { event?: boolean } & SoftphoneEvent;
      if (message.event) this.events.push(message);
    });
  }

  /**
   * Calls `uri` and waits until it answers.
   *
   * @throws Error with what it was told when it is refused.
   */
  async dial(uri: string): Promise<void> {
    this.startDialing(uri);
    const isAnswer = ({ type }: SoftphoneEvent) => type === 'CALL_ESTABLISHED' || type === 'CALL_CLOSED';
    const answer = await until('the call is answered', () => this.events.find(isAnswer));
    if (answer.type === 'CALL_CLOSED') throw new Error(`the call was refused: ${answer.param}`);
  }

  /** Calls `uri`, and does not wait. */
  startDialing(uri: string): void {
    this.#command('dial', this.#transport === 'udp' ? uri : `${uri};transport=${this.#transport}`);
  }

  async hangUp(): Promise<void> {
    this.#command('hangup');
    await this.waitFor('CALL_CLOSED');
  }

  hold(): void {
    this.#command('hold');
  }

  resume(): void {
    this.#command('resume');
  }

  /** Presses one key of the telephone. */
  press(digit: string): void {
    this.#command('sndcode', digit);
  }

  /** Waits until baresip tells of an event of this type, and gives it. */
  waitFor(type: string, timeoutMs = 20_000): Promise<SoftphoneEvent> {
    return until(`the phone says ${type}`, () => this.events.find((event) => event.type === type), { timeoutMs });
  }

  /** What its ear has heard in its latest call, so far. */
  async recording(): Promise<Sound> {
    const files = (await readdir(this.#folder)).filter((name) => name.endsWith('-dec.wav')).sort();
    return files.length === 0
      ? { sampleRate: 8000, samples: new Int16Array() }
      : readWav(join(this.#folder, files.at(-1)!));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#control.destroy();
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true });
  }

  #command(command: string, params?: string): void {
    const text = JSON.stringify({ command, params, token: command });
    this.#control.write(`${Buffer.byteLength(text)}:${text},`);
  }
}

interface ConfigurationOptions {
  readonly folder: string;
  readonly microphone: string;
  readonly sipPort: number;
  readonly controlPort: number;
}

function configuration({ folder, microphone, sipPort, controlPort }: ConfigurationOptions): string {
  const modules = ['stdio', 'g711', 'aufile', 'auconv', 'auresamp', 'sndfile', 'aubridge'];
  return [
    'poll_method epoll',
    `sip_listen 127.0.0.1:${sipPort}`,
    'audio_path /usr/share/baresip',
    `audio_source aufile,${microphone}`,
    'audio_player aubridge,nil',
    'audio_alert aufile,/dev/null',
    'ausrc_srate 8000',
    'auplay_srate 8000',
    'ausrc_channels 1',
    'auplay_channels 1',
    'audio_txmode poll',
    'audio_buffer 20-160',
    'rtp_ports 10000-19998',
    'rtcp_mux no',
    'jitter_buffer_type fixed',
    'jitter_buffer_delay 1-5',
    'module_path /usr/lib/baresip/modules',
    ...modules.map((name) => `module ${name}.so`),
    'module_tmp uuid.so',
    'module_tmp account.so',
    'module_app auloop.so',
    'module_app menu.so',
    'module_app ctrl_tcp.so',
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    `snd_path ${folder}`,
    '',
  ].join('\n');
}

/** The last that it writes, to explain a failure. */
function keepOutput({ stdout, stderr }: ChildProcess): () => string {
  let kept = '';
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (chunk: Buffer) => (kept = (kept + chunk.toString()).slice(-KEPT_CHARACTERS)));
  }
  return () => kept;
}

function connectTo(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Reads `length:text,` (netstrings), as many as come. */
function readNetstrings(socket: Socket, receive: (text: string) => void): void {
  let held = Buffer.alloc(0);
  socket.on('data', (data: Buffer) => {
    held = Buffer.concat([held, data]);
    for (;;) {
      const colon = held.indexOf(':');
      const end = colon + 1 + Number(held.toString('latin1', 0, colon));
      if (colon < 0 || held.length <= end) return;
      receive(held.toString('utf8', colon + 1, end));
      held = held.subarray(end + 1);
    }
  });
}
