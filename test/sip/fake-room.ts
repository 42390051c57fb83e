import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Encoder } from '@evan/opus';
import { LINK_SUBPROTOCOL, linkCloseCodes, linkRequest, type LinkNotice } from '@muon/contract/link.ts';
import { createLinkBody, registerGatewayBody } from '@muon/contract/internal.ts';
import { problems, type ProblemCode } from '@muon/contract/problem.ts';
import { decodeLinkFrame, encodeLinkFrame } from '@muon/wire/link/frame.ts';
import { encodeRtp } from '@muon/wire/rtp/encode.ts';
import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { OpusDecoder } from '@muon/sip-gateway/media/opus.ts';
import { WebSocketServer, type WebSocket } from 'ws';
import type * as z from 'zod';
import { makeTone, type Sound } from '../support/tone.ts';

type CreateLink = z.infer<typeof createLinkBody>;

/** A participant that came over a link, as the fake node sees it. */
export class FakeParticipant {
  readonly request: CreateLink;
  readonly #socket: WebSocket;
  readonly #decoder = new OpusDecoder();
  readonly #heard: number[] = [];
  /** Number on the link of each track that is sent. */
  readonly #sent = new Map<string, number>();
  muted = false;
  published = false;
  left = false;

  constructor(request: CreateLink, socket: WebSocket) {
    this.request = request;
    this.#socket = socket;
    socket.on('close', () => (this.left = true));
    socket.on('message', (data, binary) => {
      if (binary) this.#receivePackets(data as Buffer);
      else this.#answer(linkRequest.parse(JSON.parse((data as Buffer).toString())));
    });
  }

  /** What it has said so far, as the room's other participants would hear it. */
  get said(): Sound {
    return { sampleRate: 8000, samples: Int16Array.from(this.#heard) };
  }

  notify(notice: LinkNotice): void {
    this.#socket.send(JSON.stringify(notice));
  }

  /** Sends it a packet of a track, if it asked for it. */
  send(trackId: string, packet: Uint8Array): void {
    const number = this.#sent.get(trackId);
    if (number !== undefined) this.#socket.send(encodeLinkFrame([{ number, packet }]));
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  #answer(request: z.infer<typeof linkRequest>): void {
    if (request.type === 'publish') {
      this.published = true;
      this.muted = request.muted;
      this.notify({ type: 'published', number: request.number, trackId: 'tk_phone' });
    }
    if (request.type === 'setMuted') this.muted = request.muted;
    if (request.type === 'subscribe') {
      const number = 100 + this.#sent.size;
      this.#sent.set(request.trackId, number);
      const codec = { mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: 96 };
      this.notify({ type: 'subscribed', trackId: request.trackId, number, codec });
    }
  }

  #receivePackets(data: Buffer): void {
    for (const { packet } of decodeLinkFrame(data)) {
      const sound = this.#decoder.decode(RtpPacket.parse(packet).payload);
      if (sound) this.#heard.push(...sound);
    }
  }
}

/** A control plane and a media node that a gateway believes in, with one endless room: every name but a few is it. */
export class FakeRoom implements AsyncDisposable {
  readonly participants: FakeParticipant[] = [];
  /** How the control plane refuses everybody from now on. */
  refusal: ProblemCode | undefined;
  /** How long the control plane takes to let somebody in. */
  delayMs = 0;
  /** HTTP status with which the node refuses links from now on. */
  linkRefusal: number | undefined;
  registered: z.infer<typeof registerGatewayBody> | undefined;
  readonly #tones: NodeJS.Timeout[] = [];
  readonly #requests = new Map<string, CreateLink>();
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });

  static async open(): Promise<FakeRoom> {
    const room = new FakeRoom();
    await new Promise<void>((resolve) => {
      room.#http.listen(0, '127.0.0.1', resolve);
    });
    return room;
  }

  private constructor() {
    this.#http = createServer((request, response) => void this.#serve(request, response));
    this.#http.on('upgrade', (request: IncomingMessage, socket, head) => {
      if (this.linkRefusal !== undefined) socket.end(`HTTP/1.1 ${this.linkRefusal} Refused\r\n\r\n`);
      else this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#join(request, webSocket));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** The one who came last. */
  get latest(): FakeParticipant | undefined {
    return this.participants.at(-1);
  }

  /** Somebody in the room plays a tone, in stereo and full band as browsers do, to all who ask for it. */
  playTone(frequencyHz: number, trackId: string): void {
    const encoder = new Encoder({ channels: 2, sample_rate: 48_000, application: 'audio' });
    const startMs = performance.now();
    let frame = 0;
    const timer = setInterval(() => {
      for (; frame * 20 < performance.now() - startMs; frame++) {
        const { samples } = makeTone(frequencyHz, { sampleRate: 48_000, seconds: 0.02, from: frame * 960 });
        const stereo = Int16Array.from({ length: 2 * samples.length }, (_, i) => samples[i >> 1]!);
        const header = { payloadType: 96, marker: frame === 0, seq: frame, timestamp: frame * 960, ssrc: 7 };
        const packet = encodeRtp(header, encoder.encode(stereo));
        for (const participant of this.participants) participant.send(trackId, packet);
      }
    }, 10);
    this.#tones.push(timer);
  }

  /** Tells everybody of a new audio track. */
  announce(trackId: string): void {
    for (const participant of this.participants) {
      if (!participant.left) {
        participant.notify({
          type: 'event',
          event: { type: 'trackPublished', identity: 'ada', track: track(trackId) },
        });
      }
    }
  }

  /** Ends all links as a node does that is going down. */
  drain(): void {
    for (const participant of this.participants) participant.close(linkCloseCodes.draining, 'draining');
  }

  close(): void {
    for (const participant of this.participants) participant.close(linkCloseCodes.roomClosed, 'room-deleted');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#tones) clearInterval(timer);
    this.#sockets.clients.forEach((socket) => socket.terminate());
    this.#http.closeAllConnections();
    await new Promise((resolve) => {
      this.#http.close(resolve);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (request.url === '/internal/links') {
      setTimeout(() => this.#createLink(createLinkBody.parse(body), response), this.delayMs);
      return;
    }
    if (request.url === '/internal/gateways') {
      this.registered = registerGatewayBody.parse(body);
      answer(response, 200, { heartbeatIntervalMs: 1000 });
    } else answer(response, 200, { egresses: [] });
  }

  #createLink(body: CreateLink, response: ServerResponse): void {
    // No rule leads a number anywhere.
    const unknown = body.room === 'no-such-room' || body.room.startsWith('+');
    const code = this.refusal ?? (unknown ? 'room-not-found' : undefined);
    if (code) return answer(response, problems[code].status, { type: `/problems/${code}`, code, ...problems[code] });
    const accessToken = `token-${this.#requests.size}`;
    this.#requests.set(accessToken, body);
    const url = `${this.url.replace('http', 'ws')}/link`;
    return answer(response, 200, { url, accessToken, room: { id: 'rm_test', name: 'test' } });
  }

  #join(request: IncomingMessage, socket: WebSocket): void {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const body = this.#requests.get(token);
    if (!body || socket.protocol !== LINK_SUBPROTOCOL) return socket.close(4400);
    const participant = new FakeParticipant(body, socket);
    this.participants.push(participant);
    participant.notify({
      type: 'joined',
      room: { id: 'rm_test', name: 'test' },
      participant: { identity: body.identity, name: body.name, kind: body.kind },
      participants: [
        { identity: 'ada', name: 'Ada', kind: 'standard', attributes: {}, tracks: [track('tk_ada')] },
        {
          identity: body.identity,
          name: body.name,
          kind: 'sip',
          attributes: {},
          tracks: [track('tk_phone')],
        },
      ],
    });
  }
}

function track(id: string) {
  return { id, kind: 'audio', source: 'microphone', muted: false, mimeType: 'audio/opus', msid: `s ${id}` } as const;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
