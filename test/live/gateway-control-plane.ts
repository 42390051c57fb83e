import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  EgressAssignment,
  GatewayHeartbeatAnswer,
  GatewayHeartbeatBody,
  LinkCreated,
  RecordingReport,
} from '@muon/contract/internal.ts';

/** The internal API as a gateway sees it: takes it in, gives it work, opens links for it. */
export class GatewayControlPlane {
  /** What the gateway is to run. */
  egresses: EgressAssignment[] = [];
  refused: GatewayHeartbeatAnswer['refused'] = [];
  /** Where links lead. */
  link: LinkCreated | undefined;
  /** What the gateway told of files, in that order. */
  readonly recordings: RecordingReport[] = [];
  readonly #server: Server;
  #registration: unknown;
  #heartbeat: GatewayHeartbeatBody | undefined;

  static async start(): Promise<GatewayControlPlane> {
    const plane = new GatewayControlPlane();
    await new Promise<void>((resolve) => plane.#server.listen(0, '127.0.0.1', resolve));
    return plane;
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        const [status, answer] = this.#answer(request.url ?? '', body);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What the gateway told of itself. */
  get registration(): unknown {
    return this.#registration;
  }

  /** What the gateway told of an egress at last. */
  status(egressId: string): GatewayHeartbeatBody['egresses'][number] | undefined {
    return this.#heartbeat?.egresses.find(({ id }) => id === egressId);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(path: string, body: unknown): readonly [number, unknown] {
    if (path === '/internal/gateways') {
      this.#registration = body;
      return [200, { heartbeatIntervalMs: 250 }];
    }
    if (path.endsWith('/heartbeat')) {
      this.#heartbeat = body as GatewayHeartbeatBody;
      this.recordings.push(...(this.#heartbeat.recordings ?? []));
      return [200, { egresses: this.egresses, refused: this.refused }];
    }
    if (path === '/internal/links' && this.link) return [200, this.link];
    const problem = { type: '/problems/no-node-available', title: 'No media node has room', status: 503 };
    return [503, { ...problem, code: 'no-node-available' }];
  }
}
