import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EgressAssignment } from '@muon/contract/internal.ts';
import { GatewayControlPlane } from './gateway-control-plane.ts';
import { FakeNode } from './fake-node.ts';
import { freePortOffset } from '../support/ports.ts';
import { Camera } from './camera.ts';

export const EGRESS_ID = 'eg_test';
export const PULL_TOKEN = 'pull-me';

/** The gateway in a process of its own, between a control plane and a node that a test plays. */
export class LiveStage {
  readonly plane: GatewayControlPlane;
  readonly node: FakeNode;
  readonly hlsUrl: string;
  readonly rtmpPort: number;
  readonly gateway: ChildProcess;
  readonly #sources = new Map<string, Camera>();

  static async start(settings: NodeJS.ProcessEnv = {}): Promise<LiveStage> {
    const [plane, node, offset] = await Promise.all([GatewayControlPlane.start(), FakeNode.start(), freePortOffset()]);
    plane.link = { url: node.url, accessToken: 'any', room: node.room };
    const env = {
      ...process.env,
      MUON_API_URL: plane.url,
      MUON_PORT_OFFSET: String(offset),
      MUON_INTERNAL_SECRET: 'x'.repeat(32),
      MUON_LOG_LEVEL: process.env['MUON_LOG_LEVEL'] ?? 'warn',
      // Not what the system of whoever runs this is recording.
      MUON_RECORDINGS_DIR: recordingsFolder(offset),
      ...settings,
    };
    const main = join(import.meta.dirname, '../../gateways/rtmp/main.ts');
    const gateway = fork(main, { env, execArgv: [] });
    await once(gateway, 'message');
    return new LiveStage(plane, node, offset, gateway);
  }

  private constructor(plane: GatewayControlPlane, node: FakeNode, offset: number, gateway: ChildProcess) {
    this.plane = plane;
    this.node = node;
    this.gateway = gateway;
    this.hlsUrl = `http://127.0.0.1:${8088 + offset}`;
    this.rtmpPort = 1935 + offset;
  }

  get masterUrl(): string {
    return `${this.hlsUrl}/hls/${EGRESS_ID}/master.m3u8`;
  }

  rtmpUrl(token: string): string {
    return `rtmp://127.0.0.1:${this.rtmpPort}/live/${EGRESS_ID}?token=${token}`;
  }

  /** Asks the gateway to broadcast the room, small enough for a shared machine. */
  broadcast(more: Partial<EgressAssignment> = {}): void {
    this.plane.egresses = [{ ...assignment(this.node), ...more }];
  }

  /** Somebody comes with a camera of one colour and a microphone of one tone. */
  async join(identity: string, colour: string, toneHz: number): Promise<void> {
    const source = await Camera.start({
      colour,
      toneHz,
      onVideo: (packet) => this.node.send(`tk_${identity}-video`, packet),
      onAudio: (packet) => this.node.send(`tk_${identity}-audio`, packet),
    });
    this.#sources.set(identity, source);
    this.node.join(identity, ['video', 'audio']);
  }

  async leave(identity: string): Promise<void> {
    this.node.leave(identity);
    await this.#sources.get(identity)?.close();
    this.#sources.delete(identity);
  }

  /** The value of a metric of the gateway; 0 while it is not there. */
  async metric(line: string): Promise<number> {
    const text = await (await fetch(`${this.hlsUrl}/metrics`)).text();
    const found = text.split('\n').find((each) => each.startsWith(`${line} `));
    return Number(found?.slice(line.length + 1) ?? 0);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sources.values()].map((source) => source.close()));
    if (this.gateway.exitCode === null && this.gateway.signalCode === null) {
      this.gateway.kill('SIGTERM');
      await once(this.gateway, 'exit');
    }
    this.plane.close();
    await rm(recordingsFolder(this.rtmpPort - 1935), { recursive: true, force: true });
    await this.node.close();
  }
}

function recordingsFolder(offset: number): string {
  return join(tmpdir(), `muon-recordings-${offset}`);
}

function assignment(node: FakeNode): EgressAssignment {
  return {
    id: EGRESS_ID,
    room: node.room,
    layout: 'grid',
    encoding: { width: 640, height: 360, frameRate: 15, videoBitrateBps: 600_000, audioBitrateBps: 96_000 },
    outputs: [
      { id: 'ou_hls', type: 'hls' },
      { id: 'ou_rtmp', type: 'rtmp-pull', token: PULL_TOKEN },
    ],
    record: false,
  };
}
