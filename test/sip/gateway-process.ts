import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePortOffset } from '../support/ports.ts';
import { until } from '../support/until.ts';

/** A SIP gateway as a process of its own, as it is in operation. */
export class GatewayProcess implements AsyncDisposable {
  readonly sipPort: number;
  readonly #statusUrl: string;
  readonly #process: ChildProcess;

  static async start(apiUrl: string, env: Record<string, string> = {}): Promise<GatewayProcess> {
    const offset = await freePortOffset();
    const child = fork(join(import.meta.dirname, '../../gateways/sip/main.ts'), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: {
        ...process.env,
        MUON_API_URL: apiUrl,
        MUON_INTERNAL_SECRET: 's'.repeat(32),
        MUON_PORT_OFFSET: `${offset}`,
        MUON_LOG_LEVEL: 'error',
        ...env,
      },
    });
    const [started] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${String(started)}`);
    return new GatewayProcess(child, offset);
  }

  private constructor(child: ChildProcess, offset: number) {
    this.#process = child;
    this.sipPort = 5060 + offset;
    this.#statusUrl = `http://127.0.0.1:${7060 + offset}`;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
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

  /** The process that signals. */
  async signalingPid(): Promise<number> {
    const children = await readFile(`/proc/${this.#process.pid}/task/${this.#process.pid}/children`, 'utf8');
    return Number(children.trim().split(' ')[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.running) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }
}
