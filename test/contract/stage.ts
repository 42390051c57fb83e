import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_REPORTS, type RecordingReport } from '@muon/contract/internal.ts';
import { newSigningKey } from '@muon/functions/http/world.fixture.ts';
import { examples } from '@muon/functions/openapi/examples.ts';
import { ControlPlane } from '@muon/service/control-plane.ts';
import { secretSigner } from '@muon/service/request-signer.ts';
import { freePortOffset } from '../support/ports.ts';

const main = join(import.meta.dirname, '../../local/control-plane.ts');
const SECRET = 's'.repeat(32);

/** More than any run reserves. */
const CAPACITY = 1_000_000_000;

/** Nobody is to be thought lost while the machine is busy. */
const HEARTBEAT_INTERVAL_MS = 60_000;

/** How often gateways tell of themselves all the same, and nodes. */
const GATEWAY_BEAT_MS = 1000;
const NODE_BEAT_MS = 20_000;

const NODES = ['nd_1', 'nd_2', 'nd_3'];

const recording = {
  status: 'ready',
  startedAt: '2026-01-31T10:00:00.000Z',
  durationSeconds: 12.5,
  sizeBytes: 4_000_000,
  location: 'file:///recordings/file.mp4',
  url: 'http://127.0.0.1:8088/hls/file.mp4?token=x',
} as const;

/** The control plane on its embedded store, behind its front and in a process of its own; nodes and gateways are played. */
export class Stage {
  static readonly apiKey = `mk_stage_${'x'.repeat(32)}`;
  readonly origin: string;
  /** Where webhooks may lead. */
  readonly receiver: string;
  readonly #process: ChildProcess;
  readonly #dataDir: string;
  readonly #others: Server;
  readonly #controlPlane: ControlPlane;
  #log: string;
  #gatewaysBeating: NodeJS.Timeout | undefined;
  #nodesBeating: NodeJS.Timeout | undefined;

  private constructor(parts: { origin: string; process: ChildProcess; dataDir: string; others: Server }) {
    this.origin = parts.origin;
    this.#process = parts.process;
    this.#dataDir = parts.dataDir;
    this.#others = parts.others;
    this.receiver = `http://127.0.0.1:${(parts.others.address() as AddressInfo).port}`;
    this.#controlPlane = new ControlPlane(this.origin, secretSigner(SECRET));
    this.#log = '';
    parts.process.stdout?.on('data', (text) => (this.#log += String(text)));
  }

  static async open(env: NodeJS.ProcessEnv = {}): Promise<Stage> {
    const others = createServer(answerAsNode).listen(0, '127.0.0.1');
    await once(others, 'listening');
    // Not closed in the moment in which a busy control plane uses them again.
    others.keepAliveTimeout = HEARTBEAT_INTERVAL_MS;
    const dataDir = mkdtempSync(join(tmpdir(), 'muon-contract-'));
    const offset = await freePortOffset();
    const controlPlane = spawn(process.execPath, [main], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: {
        ...process.env,
        MUON_DATA_DIR: dataDir,
        MUON_PORT_OFFSET: String(offset),
        MUON_BOOTSTRAP_KEY: Stage.apiKey,
        MUON_INTERNAL_SECRET: SECRET,
        MUON_SIGNING_KEY: newSigningKey(),
        MUON_API_RATE: '100000',
        MUON_HEARTBEAT_INTERVAL_MS: String(HEARTBEAT_INTERVAL_MS),
        MUON_TURN_URLS: 'turn:turn.example.com:3478',
        MUON_TURN_SECRET: 'turn secret',
        MUON_LOG_LEVEL: 'error',
        ...env,
      },
    });
    const stage = new Stage({ origin: `http://127.0.0.1:${8080 + offset}`, process: controlPlane, dataDir, others });
    await once(controlPlane, 'message');
    await stage.#register();
    return stage;
  }

  /** Errors that it logged; a run that expects none looks here. */
  get log(): string {
    return this.#log;
  }

  get pid(): number {
    return this.#process.pid!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#gatewaysBeating);
    clearInterval(this.#nodesBeating);
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
    this.#others.closeAllConnections();
    this.#others.close();
    rmSync(this.#dataDir, { recursive: true });
  }

  async #register(): Promise<void> {
    const { port } = this.#others.address() as AddressInfo;
    const common = { generation: 1, region: 'local', capacity: CAPACITY };
    for (const id of NODES)
      await this.#controlPlane.call('registerNode', {
        id,
        ...common,
        url: `ws://127.0.0.1:${port}/ws`,
        linkUrl: `ws://127.0.0.1:${port}/link`,
      });
    const service = { kind: 'rtmp', hlsUrl: 'http://127.0.0.1:8088/hls', rtmpUrl: 'rtmp://127.0.0.1/live' } as const;
    await this.#controlPlane.call('registerGateway', { id: 'gw_rtmp', ...common, service });
    const sip = { kind: 'sip', address: '127.0.0.1' } as const;
    await this.#controlPlane.call('registerGateway', { id: 'gw_sip', ...common, service: sip });
    await this.#beat();
    this.#nodesBeating = setInterval(() => void this.#beatOfNodes().catch(() => undefined), NODE_BEAT_MS);
  }

  async #beatOfNodes(): Promise<void> {
    for (const node of NODES) await this.#controlPlane.call('nodeHeartbeat', { generation: 1, rooms: [] }, { node });
  }

  /** Gateways run what they are told to. */
  async #beat(): Promise<void> {
    for (const gateway of ['gw_rtmp', 'gw_sip']) {
      const nothing = { generation: 1, egresses: [], unfinished: [] };
      const told = await this.#controlPlane.call('gatewayHeartbeat', nothing, { gateway });
      const egresses = told.egresses.map(({ id }) => ({ id, status: 'active' as const }));
      const calls = told.calls.map(({ id }) => ({ id, status: 'active' as const }));
      const recordings = told.egresses.filter(({ record }) => record).map(({ id }) => toRecorded(id));
      const body = { ...nothing, egresses, calls, recordings: recordings.slice(0, MAX_REPORTS) };
      await this.#controlPlane.call('gatewayHeartbeat', { ...body, deleted: told.deleteRecordings }, { gateway });
    }
    this.#gatewaysBeating = setTimeout(() => void this.#beat().catch(() => undefined), GATEWAY_BEAT_MS);
  }
}

/** Each broadcast that is recorded has a file at once. */
function toRecorded(egress: string): RecordingReport {
  return { egress, recording: { ...recording, id: egress.replace('eg_', 'rc_') } };
}

/** As a node with one participant in each room, and as a receiver of webhooks: `/410` wants no more. */
const answerAsNode: RequestListener = (request, response) => {
  const name = new URL(request.url ?? '/', 'http://localhost').pathname.split('/').at(-1)!;
  response.statusCode = /^\d{3}$/.test(name) ? Number(name) : 200;
  response.setHeader('content-type', 'application/json');
  // Whoever is answered before all was read may close the connection, under the next request.
  request.resume().once('end', () => response.end(JSON.stringify(answerOfNode(name))));
};

/** What a node answers that has one participant in each room. */
export function answerOfNode(name: string): unknown {
  const { getParticipant, sendMessage } = examples;
  if (name === 'participants') return { data: [getParticipant.response] };
  if (name === 'sendMessage') return sendMessage.response;
  if (name === 'describeMovable') return { name: 'Ada', attributes: {}, grants: {} };
  return name === 'updateParticipant' || name === 'muteTrack' ? getParticipant.response : {};
}
