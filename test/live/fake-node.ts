import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Codec, LinkNotice } from '@muon/contract/link.ts';
import { LINK_SUBPROTOCOL, linkRequest } from '@muon/contract/link.ts';
import type { Participant, RoomEvent, Track } from '@muon/contract/participant.ts';
import { encodeLinkFrame } from '@muon/wire/link/frame.ts';
import { WebSocketServer, type WebSocket } from 'ws';

const codecs: Readonly<Record<'audio' | 'video', Codec>> = {
  video: { mimeType: 'video/VP8', clockRate: 90_000, payloadType: 96 },
  audio: { mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: 111 },
};

/** The `/link` of a node with one room, whose participants a test puts in. */
export class FakeNode {
  readonly room = { id: 'rm_test', name: 'test' };
  readonly #server: Server;
  readonly #links = new Map<WebSocket, Map<string, number>>();
  readonly #participants = new Map<string, Participant>();
  #keyframeRequests = 0;

  static async start(): Promise<FakeNode> {
    const node = new FakeNode();
    await new Promise<void>((resolve) => node.#server.listen(0, '127.0.0.1', resolve));
    return node;
  }

  private constructor() {
    this.#server = createServer();
    const sockets = new WebSocketServer({
      server: this.#server,
      path: '/link',
      handleProtocols: () => LINK_SUBPROTOCOL,
    });
    sockets.on('connection', (socket) => this.#onLink(socket));
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/link`;
  }

  get links(): number {
    return this.#links.size;
  }

  get keyframeRequests(): number {
    return this.#keyframeRequests;
  }

  /** Somebody comes, with these tracks. */
  join(identity: string, kinds: readonly ('audio' | 'video')[]): Participant {
    const tracks = kinds.map((kind): Track => {
      const id = `tk_${identity}-${kind}`;
      const source = kind === 'video' ? 'camera' : 'microphone';
      return { id, kind, source, muted: false, mimeType: codecs[kind].mimeType, msid: `${identity} ${id}` };
    });
    const participant: Participant = { identity, name: identity, kind: 'standard', attributes: {}, tracks };
    this.#participants.set(identity, participant);
    this.#tell({ type: 'participantJoined', participant });
    return participant;
  }

  mute(identity: string, kind: 'audio' | 'video', muted: boolean): void {
    const participant = this.#participants.get(identity)!;
    const tracks = participant.tracks.map((track) => (track.kind === kind ? { ...track, muted } : track));
    this.#participants.set(identity, { ...participant, tracks });
    this.#tell({ type: 'trackChanged', identity, track: tracks.find((track) => track.kind === kind)! });
  }

  leave(identity: string): void {
    this.#participants.delete(identity);
    this.#tell({ type: 'participantLeft', identity });
  }

  /** RTP or RTCP of a track, to whoever subscribed to it. */
  send(trackId: string, packet: Uint8Array): void {
    for (const [socket, numbers] of this.#links) {
      const number = numbers.get(trackId);
      if (number !== undefined) socket.send(encodeLinkFrame([{ number, packet }]));
    }
  }

  /** Cuts all links, as a node that dies. */
  cut(): void {
    for (const socket of this.#links.keys()) socket.terminate();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #onLink(socket: WebSocket): void {
    const numbers = new Map<string, number>();
    this.#links.set(socket, numbers);
    socket.on('close', () => this.#links.delete(socket));
    socket.on('message', (data: Buffer, binary) => {
      if (binary) return;
      const request = linkRequest.parse(JSON.parse(data.toString()));
      if (request.type === 'subscribe') {
        const number = numbers.size + 1;
        numbers.set(request.trackId, number);
        const codec = request.trackId.endsWith('video') ? codecs.video : codecs.audio;
        notify(socket, { type: 'subscribed', trackId: request.trackId, number, codec });
      }
      if (request.type === 'requestKeyframe') this.#keyframeRequests += 1;
    });
    notify(socket, {
      type: 'joined',
      room: this.room,
      participant: { identity: 'eg', name: 'Broadcast', kind: 'egress' },
      participants: [...this.#participants.values()],
    });
  }

  #tell(event: RoomEvent): void {
    for (const socket of this.#links.keys()) notify(socket, { type: 'event', event });
  }
}

function notify(socket: WebSocket, notice: LinkNotice): void {
  socket.send(JSON.stringify(notice));
}
