import { once } from 'node:events';
import { WireConnection, type WireMedia } from '@muon/media-node/io/wire-connection.fixture.ts';
import { WebSocket } from 'ws';
import type { Janus } from './janus.ts';
import { until } from './until.ts';

interface Jsep {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

/** What Janus sends; events of plugins carry `plugindata`. */
interface Message {
  readonly janus: string;
  readonly transaction?: string;
  readonly data?: { readonly id: number };
  readonly error?: { readonly reason: string };
  readonly plugindata?: { readonly data: PluginData };
  readonly jsep?: Jsep;
}

interface PluginData {
  readonly error?: string;
  readonly id?: number;
  readonly private_id?: number;
  readonly publishers?: readonly { readonly id: number }[];
}

/** More than anybody sends in a test: Janus asks publishers to send less by default. */
const ROOM = { publishers: 100, bitrate: 100_000_000, audiocodec: 'opus', videocodec: 'vp8' };

/** Somebody in a room of Janus's VideoRoom: one session, a connection to publish on and one that all others come over. */
export class JanusParticipant {
  /** Absent when nothing is published. */
  readonly publisher: WireConnection | undefined;
  readonly subscriber: WireConnection;
  readonly #socket: WebSocket;
  readonly #received: Message[] = [];
  #session: number | undefined;
  #ids: { readonly own: number; readonly secret: number } | undefined;
  #transactions = 0;

  private constructor(socket: WebSocket, publisher: WireConnection | undefined, subscriber: WireConnection) {
    this.#socket = socket;
    this.publisher = publisher;
    this.subscriber = subscriber;
    socket.on('message', (data: Buffer) => this.#received.push(JSON.parse(data.toString()) as Message));
    socket.on('error', () => undefined);
  }

  /** Resolves when it can send; see {@link subscribe}. The first in a room makes it. */
  static async join(janus: Janus, room: number, media: readonly WireMedia[]): Promise<JanusParticipant> {
    const socket = new WebSocket(janus.url, 'janus-protocol');
    await once(socket, 'open');
    const publisher = media.length > 0 ? await WireConnection.create() : undefined;
    const participant = new JanusParticipant(socket, publisher, await WireConnection.create());
    await participant.#join(room, media);
    return participant;
  }

  /** Takes what all who are there publish now. Once. */
  async subscribe(room: number): Promise<void> {
    const { own, secret } = this.#ids!;
    const handle = await this.#attach();
    const { plugindata } = await this.#ask(handle, { request: 'listparticipants', room });
    const { participants = [] } = plugindata!.data as { participants?: { id: number; publisher: boolean }[] };
    const streams = participants.filter(({ id, publisher }) => publisher && id !== own).map(({ id }) => ({ feed: id }));
    if (streams.length === 0) return;
    const join = { request: 'join', ptype: 'subscriber', room, private_id: secret, streams };
    const { jsep } = await this.#ask(handle, join);
    await this.#ask(handle, { request: 'start' }, { type: 'answer', sdp: this.subscriber.answer(jsep!.sdp) });
    this.subscriber.begin(jsep!.sdp);
    await until('the subscriber is connected', () => this.subscriber.connected, { intervalMs: 10 });
  }

  close(): void {
    this.publisher?.close();
    this.subscriber.close();
    this.#socket.close();
  }

  async #join(room: number, media: readonly WireMedia[]): Promise<void> {
    this.#session = (await this.#request({ janus: 'create' })).data!.id;
    const handle = await this.#attach();
    const { plugindata: found } = await this.#ask(handle, { request: 'exists', room });
    if (!(found!.data as { exists?: boolean }).exists) await this.#ask(handle, { request: 'create', room, ...ROOM });
    const { plugindata } = await this.#ask(handle, { request: 'join', ptype: 'publisher', room });
    const { id, private_id } = plugindata!.data;
    this.#ids = { own: id!, secret: private_id! };
    const { publisher } = this;
    if (!publisher) return;
    const { jsep } = await this.#ask(handle, { request: 'publish' }, { type: 'offer', sdp: publisher.offer(media) });
    publisher.begin(jsep!.sdp);
    await until('the publisher is connected', () => publisher.connected, { intervalMs: 10 });
  }

  async #attach(): Promise<number> {
    return (await this.#request({ janus: 'attach', plugin: 'janus.plugin.videoroom' })).data!.id;
  }

  /** @throws Error with what the plugin says against it. */
  async #ask(handle: number, body: object, jsep?: Jsep): Promise<Message> {
    const message = await this.#request({ janus: 'message', handle_id: handle, body, ...(jsep ? { jsep } : {}) });
    const { error } = message.plugindata?.data ?? {};
    if (error !== undefined) throw new Error(error);
    return message;
  }

  /** Waits for the answer itself, not for the word that there will be one. */
  async #request(message: object): Promise<Message> {
    const transaction = String(this.#transactions++);
    const session = this.#session === undefined ? {} : { session_id: this.#session };
    this.#socket.send(JSON.stringify({ ...session, ...message, transaction }));
    const isAnswer = (other: Message): boolean => other.transaction === transaction && other.janus !== 'ack';
    const answer = await until('Janus answers', () => this.#received.find(isAnswer), { intervalMs: 5 });
    if (answer.error) throw new Error(answer.error.reason);
    return answer;
  }
}
