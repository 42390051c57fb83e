import { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FrameReader, writeFrame } from './frames.ts';
import { parseControlMessage, type FromDaemon } from './control-message.ts';

export interface DaemonAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

export interface DaemonEvents {
  /** From now on, what the daemon gets is told here. */
  up: [];
  /** The daemon is lost, or was never there; it is tried again by itself. */
  down: [reason: string];
  message: [FromDaemon];
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;

/** A daemon that hangs keeps its connection; it is asked so often whether it still answers. */
const PATIENCE_MS = 5000;

const SILENT = 'it does not answer';

/** All of which the daemon has a say in; without somebody to take it, it would answer 503. */
const METHODS = [
  'invite',
  'options',
  'register',
  'subscribe',
  'notify',
  'publish',
  'message',
  'info',
  'refer',
  'update',
] as const;

const HELLO = 'hello';
const PING = 'ping';

/** The control connection to drachtio-server, made again for as long as it takes. */
export class DaemonConnection extends EventEmitter<DaemonEvents> {
  readonly #address: DaemonAddress;
  readonly #patienceMs: number;
  #socket: Socket | undefined;
  #isUp = false;
  #hasAnswered = false;
  #retryMs = FIRST_RETRY_MS;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(address: DaemonAddress, patienceMs = PATIENCE_MS) {
    super();
    this.#address = address;
    this.#patienceMs = patienceMs;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  open(): void {
    const { host, port, secret } = this.#address;
    const socket = connect({ host, port, noDelay: true });
    const frames = new FrameReader();
    let reason = 'it ended the connection';
    this.#socket = socket;
    this.#timer = setTimeout(() => socket.destroy(new Error(SILENT)), this.#patienceMs);
    socket.on('connect', () => this.#write(`${HELLO}|authenticate|${secret}`));
    socket.on('error', (error) => (reason = error.message));
    socket.on('data', (bytes) => {
      try {
        for (const frame of frames.read(bytes)) this.#receive(parseControlMessage(frame));
      } catch (error) {
        // What cannot be read cannot be followed by anything.
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
    socket.once('close', () => this.#lost(reason));
  }

  /** Says something; false when nobody is there to hear it. */
  send(text: string): boolean {
    if (this.#isUp) this.#write(text);
    return this.#isUp;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #write(text: string): void {
    this.#socket?.write(writeFrame(text));
  }

  #receive(message: FromDaemon): void {
    this.#hasAnswered = true;
    if (message.type !== 'result' || (message.id !== HELLO && message.id !== PING)) {
      if (this.#isUp) this.emit('message', message);
    } else if (message.id === HELLO) this.#greeted(message.ok);
  }

  #greeted(isWelcome: boolean): void {
    if (!isWelcome) return void this.#socket?.destroy(new Error('it does not take our secret'));
    clearTimeout(this.#timer);
    this.#isUp = true;
    this.#retryMs = FIRST_RETRY_MS;
    for (const method of METHODS) this.#write(`route-${method}|route|${method}`);
    this.#timer = setTimeout(() => this.#ping(), this.#patienceMs);
    this.emit('up');
  }

  #ping(): void {
    if (!this.#hasAnswered) return void this.#socket?.destroy(new Error(SILENT));
    this.#hasAnswered = false;
    this.#write(`${PING}|ping`);
    this.#timer = setTimeout(() => this.#ping(), this.#patienceMs);
  }

  #lost(reason: string): void {
    this.#isUp = false;
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
    this.emit('down', reason);
  }
}
