import { FakeControlPlane } from './fake-control-plane.ts';
import type { Namespace } from './namespace.ts';
import { freePortOffset } from './ports.ts';
import { startProcess, type RunningProcess } from './process.ts';
import { until } from './until.ts';

export interface MediaNodeOptions {
  /** Where it runs, instead of beside the test. */
  readonly namespace?: Namespace;
  /** Where its clients are, instead of beside it. */
  readonly clients?: Namespace;
  /** At which it is reached, as it stands in a URL. */
  readonly host?: string;
}

/** A media node as a process of its own, registered with a fake control plane. */
export class MediaNode {
  readonly controlPlane: FakeControlPlane;
  readonly process: RunningProcess;
  readonly httpPort: number;
  readonly mediaPort: number;
  readonly #host: string;

  private constructor(controlPlane: FakeControlPlane, process: RunningProcess, offset: number, host: string) {
    this.controlPlane = controlPlane;
    this.process = process;
    this.httpPort = 7000 + offset;
    this.mediaPort = 7001 + offset;
    this.#host = host;
  }

  static async start(env: Record<string, string> = {}, options: MediaNodeOptions = {}): Promise<MediaNode> {
    const { namespace, clients, host = namespace?.ipv4.there ?? clients?.ipv4.here ?? '127.0.0.1' } = options;
    const controlPlane = await FakeControlPlane.start((namespace ?? clients)?.ipv4.here);
    const offset = await freePortOffset();
    const settings = {
      MUON_NODE_ID: 'nd_test',
      MUON_PORT_OFFSET: String(offset),
      MUON_API_URL: controlPlane.url,
      MUON_INTERNAL_SECRET: 'a secret that is only used in tests',
      ...(clients ? { MUON_HOST: host } : {}),
      ...env,
    };
    const running = await startProcess('media-node/main.ts', settings, { namespace: namespace?.name });
    const node = new MediaNode(controlPlane, running, offset, host);
    await until('the node is registered', async () => ((await node.health()) as { registered: boolean }).registered);
    return node;
  }

  url(path: '/ws' | '/link'): string {
    return `ws://${this.#host}:${this.httpPort}${path}`;
  }

  /** Where it answers plain HTTP. */
  get httpUrl(): string {
    return `http://${this.#host}:${this.httpPort}`;
  }

  async health(): Promise<unknown> {
    return (await fetch(`${this.httpUrl}/healthz`)).json();
  }

  /** The sum of a metric over all its labels, or over those that `labels` picks. */
  async metric(name: string, labels = ''): Promise<number> {
    const page = await (await fetch(`${this.httpUrl}/metrics`)).text();
    return page
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .filter((line) => line.includes(labels))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.close();
    await this.controlPlane.close();
  }
}
