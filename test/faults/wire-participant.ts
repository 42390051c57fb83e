import { WireConnection } from '@muon/media-node/io/wire-connection.fixture.ts';
import { encodeRtp } from '@muon/wire/rtp/encode.ts';
import type { MediaNode } from '../support/media-node.ts';
import { RpcClient } from '../support/rpc-client.ts';
import { until } from '../support/until.ts';

const PACKETS_PER_SECOND = 50;

/** How a participant goes. */
export type Goodbye =
  /** As the SDK does. */
  | 'leave'
  /** Its WebSocket breaks, then it is gone. */
  | 'break'
  /** Not a word on any connection. */
  | 'vanish';

export interface WireParticipantOptions {
  /** Of each of its packets; the first eight are when it was sent, by `performance.now()`, as a float64. */
  readonly payloadBytes?: number;
  /** A packet of somebody else came. */
  readonly received?: (packet: Uint8Array) => void;
}

/** Somebody in a room without a browser: a WebSocket and two peer connections, in as little as that takes. */
export class WireParticipant {
  readonly #rpc: RpcClient;
  readonly #publisher: WireConnection;
  readonly #subscriber: WireConnection;
  readonly #payload: Buffer;
  /** How many packets it has sent. */
  sent = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    rpc: RpcClient,
    publisher: WireConnection,
    subscriber: WireConnection,
    { payloadBytes = 80, received }: WireParticipantOptions,
  ) {
    this.#rpc = rpc;
    this.#publisher = publisher;
    this.#subscriber = subscriber;
    this.#payload = Buffer.alloc(payloadBytes);
    if (received) subscriber.on('rtp', received);
    rpc.socket.on('message', (data: Buffer) => this.#read(data));
  }

  /** Resolves when both connections are up and it sends sound. */
  static async join(
    node: MediaNode,
    room: string,
    identity: string,
    options: WireParticipantOptions = {},
  ): Promise<WireParticipant> {
    const token = await node.controlPlane.token({ room, identity, maxParticipants: 100 });
    const rpc = await RpcClient.open(node.url('/ws'), token);
    const participant = new WireParticipant(rpc, await WireConnection.create(), await WireConnection.create(), options);
    try {
      await participant.#join(room);
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
    this.#publisher.close();
    this.#subscriber.close();
  }

  async #join(room: string): Promise<void> {
    const offer = this.#publisher.offer([{ kind: 'audio', payloadType: 111, ssrc: 7 }]);
    const { result, error } = await this.#rpc.call('join', { sid: room, offer: { type: 'offer', sdp: offer } });
    if (error) throw new Error(error.message);
    this.#publisher.begin((result as { sdp: string }).sdp);
    await until('both are up', () => this.#publisher.connected && this.#subscriber.connected, { intervalMs: 10 });
    this.#timer = setInterval(() => this.#sendSound(), 1000 / PACKETS_PER_SECOND);
  }

  #read(data: Buffer): void {
    const { method, params } = JSON.parse(data.toString()) as { method?: string; params?: { sdp: string } };
    if (method !== 'offer') return;
    const { sdp } = params!;
    this.#rpc.send(
      JSON.stringify({ method: 'answer', params: { desc: { type: 'answer', sdp: this.#subscriber.answer(sdp) } } }),
    );
    this.#subscriber.begin(sdp);
  }

  #sendSound(): void {
    const seq = this.sent++;
    const header = { payloadType: 111, marker: false, seq, timestamp: seq * 960, ssrc: 7 };
    this.#payload.writeDoubleBE(performance.now());
    this.#publisher.send(this.#publisher.protect(encodeRtp(header, this.#payload)));
  }
}
