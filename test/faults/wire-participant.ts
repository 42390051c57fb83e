import { WireConnection, type WireMedia } from '@muon/media-node/io/wire-connection.fixture.ts';
import { encodeRtp } from '@muon/wire/rtp/encode.ts';
import type { MediaNode } from '../support/media-node.ts';
import { RpcClient } from '../support/rpc-client.ts';
import { until } from '../support/until.ts';

const PACKETS_PER_SECOND = 50;

const PAYLOAD = new Uint8Array(80);

/** A sound, which it sends by itself. */
const sound: WireMedia = { kind: 'audio', payloadType: 111, ssrc: 7 };

/** How a participant goes. */
export type Goodbye =
  /** As the SDK does. */
  | 'leave'
  /** Its WebSocket breaks, then it is gone. */
  | 'break'
  /** Not a word on any connection. */
  | 'vanish';

/** Somebody in a room without a browser: a WebSocket and up to two peer connections, in as little as that takes. */
export class WireParticipant {
  /** Absent when nothing is published. */
  readonly publisher: WireConnection | undefined;
  readonly subscriber: WireConnection;
  readonly #rpc: RpcClient;
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(rpc: RpcClient, publisher: WireConnection | undefined, subscriber: WireConnection) {
    this.#rpc = rpc;
    this.publisher = publisher;
    this.subscriber = subscriber;
    rpc.socket.on('message', (data: Buffer) => this.#read(data));
  }

  /** Resolves when its connections are up, and with `media` left out, it sends sound. */
  static async join(
    node: MediaNode,
    room: string,
    identity: string,
    media?: readonly WireMedia[],
  ): Promise<WireParticipant> {
    const token = await node.controlPlane.token({ room, identity, maxParticipants: 100 });
    const rpc = await RpcClient.open(node.url('/ws'), token);
    const publisher = media?.length === 0 ? undefined : await WireConnection.create();
    const participant = new WireParticipant(rpc, publisher, await WireConnection.create());
    try {
      await participant.#join(room, media ?? [sound]);
      if (!media) participant.#timer = setInterval(() => participant.#sendSound(), 1000 / PACKETS_PER_SECOND);
      return participant;
    } catch (error) {
      participant.go('break');
      throw error;
    }
  }

  /** Ends; what the node still sends is not answered. */
  go(goodbye: Goodbye): void {
    clearInterval(this.#timer);
    if (goodbye === 'leave') this.#rpc.send(JSON.stringify({ method: 'leave', params: {} }));
    if (goodbye === 'break') this.#rpc.socket.terminate();
    this.publisher?.close();
    this.subscriber.close();
  }

  async #join(room: string, media: readonly WireMedia[]): Promise<void> {
    const { publisher, subscriber } = this;
    const offer = publisher && { type: 'offer', sdp: publisher.offer(media) };
    const { result, error } = await this.#rpc.call('join', { sid: room, ...(offer ? { offer } : {}) });
    if (error) throw new Error(error.message);
    publisher?.begin((result as { sdp: string }).sdp);
    const up = (): boolean => (publisher?.connected ?? true) && subscriber.connected;
    await until('its connections are up', up, { intervalMs: 10 });
  }

  #read(data: Buffer): void {
    const { method, params } = JSON.parse(data.toString()) as { method?: string; params?: { sdp: string } };
    if (method !== 'offer') return;
    const { sdp } = params!;
    this.#rpc.send(
      JSON.stringify({ method: 'answer', params: { desc: { type: 'answer', sdp: this.subscriber.answer(sdp) } } }),
    );
    this.subscriber.begin(sdp);
  }

  #sendSound(): void {
    const seq = this.#sent++;
    const header = { ...sound, marker: false, seq, timestamp: seq * 960 };
    this.publisher?.send(this.publisher.protect(encodeRtp(header, PAYLOAD)));
  }
}
