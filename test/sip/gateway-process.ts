import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Drachtio } from '../support/drachtio.ts';
import { freePortOffset } from '../support/ports.ts';
import { until } from '../support/until.ts';

/** Who speaks SIP for the gateway. */
export type SipBackend = 'sipjs' | 'drachtio';

/** A SIP gateway as a process of its own, as it is in operation. */
export class GatewayProcess implements AsyncDisposable {
  readonly sipPort: number;
  readonly #statusUrl: string;
  readonly #process: ChildProcess;
  /** Absent when the gateway speaks SIP itself. */
  readonly drachtio: Drachtio | undefined;

  static async start(apiUrl: string, backend: SipBackend, env: Record<string, string> = {}): Promise<GatewayProcess> {
    const offset = await freePortOffset();
    const drachtio = backend === 'drachtio' ? await Drachtio.start({ sipPort: 5060 + offset }) : undefined;
    const child = fork(join(import.meta.dirname, '../../gateways/sip/main.ts'), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: {
        ...process.env,
        MUON_API_URL: apiUrl,
        MUON_INTERNAL_SECRET: 's'.repeat(32),
        MUON_PORT_OFFSET: `${offset}`,
        MUON_LOG_LEVEL: 'error',
        ...drachtio?.env,
        ...env,
      },
    });
    const [started] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${String(started)}`);
    return new GatewayProcess(child, offset, drachtio);
  }

  private constructor(child: ChildProcess, offset: number, drachtio: Drachtio | undefined) {
    this.#process = child;
    this.drachtio = drachtio;
    this.sipPort = 5060 + offset;
    this.#statusUrl = `http://127.0.0.1:${7060 + offset}`;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** The address of a room. */
  uri(room: string): string {
    return `sip:${room}@127.0.0.1:${this.sipPort}`;
  }

  health(): Promise<number> {
    return fetch(`${this.#statusUrl}/healthz`).then(({ status }) => status);
  }

  /** A value of /metrics, as `muon_sip_calls` or `muon_sip_signaling_total{what="thrown"}`; 0 when it is not there. */
  async metric(name: string): Promise<number> {
    const text = await fetch(`${this.#statusUrl}/metrics`).then((response) => response.text());
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1) ?? 0);
  }

  /** Waits until a value of /metrics is as it should be. */
  metricIs(name: string, isRight: (value: number) => boolean, timeoutMs = 10_000): Promise<true> {
    const probe = async (): Promise<boolean> => {
      const value = await this.metric(name);
      if (!isRight(value)) throw new Error(`it is ${value}`);
      return true;
    };
    return until(`${name} is right`, probe, { timeoutMs }) as Promise<true>;
  }

  /** The process that reads what phones send. */
  async signalingPid(): Promise<number> {
    if (this.drachtio) return this.drachtio.pid;
    const children = await readFile(`/proc/${this.#process.pid}/task/${this.#process.pid}/children`, 'utf8');
    return Number(children.trim().split(' ')[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    await this.drachtio?.[Symbol.asyncDispose]();
  }

  async #end(): Promise<void> {
    if (!this.running) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }
}
