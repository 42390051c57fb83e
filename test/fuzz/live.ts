import { setImmediate } from 'node:timers/promises';
import { MediaPort } from '@muon/media-node/io/media-port.ts';
import type { PacketIo, PacketIoOwner, SessionId } from '@muon/media-node/io/packet-io.ts';
import type { Receiver } from '@muon/media-node/io/receiver.ts';
import { TypescriptPacketIo } from '@muon/media-node/io/typescript-packet-io.ts';
import { DataChannels } from '@muon/media-node/io/werift.ts';
import { rtpPacket } from '@muon/wire/rtp/packet.fixture.ts';
import { seeded } from '@muon/wire/rtp/seq.fixture.ts';
import { until } from '../support/until.ts';
import { WireConnection } from '@muon/media-node/io/wire-connection.fixture.ts';
import { rtcpCorpus, rtpCorpus, sctpCorpus, SSRC, stunCorpus } from './corpus.ts';
import { mutate } from './mutate.ts';
import { fuzz, type Tally, type Target } from './target.ts';

/** What is sent besides each datagram of a handshake. */
const INPUTS_PER_DATAGRAM = 20;

/** The loop has to turn, so that what was sent is sent. */
const TURN_EVERY = 500;

const AUDIO = 111;
const VIDEO = 120;

/** A media port with a client that publishes and one that subscribes, open to inputs at each of its layers. */
export class LiveNode implements AsyncDisposable {
  readonly port: MediaPort;
  readonly targets: readonly Target[];
  readonly #owner: PacketIoOwner;
  readonly #clients: readonly WireConnection[];

  private constructor(port: MediaPort, owner: PacketIoOwner, clients: readonly WireConnection[], targets: Target[]) {
    this.port = port;
    this.#owner = owner;
    this.#clients = clients;
    this.targets = targets;
  }

  static async open(): Promise<LiveNode> {
    let io: PacketIo | undefined;
    let owner: PacketIoOwner | undefined;
    const sessions: SessionId[] = [];
    const port = await MediaPort.open({
      host: '127.0.0.1',
      port: 0,
      async openPacketIo(options) {
        owner = options.owner;
        const backend = await TypescriptPacketIo.open(options);
        const openSession = backend.openSession.bind(backend);
        backend.openSession = (keys) => {
          const id = openSession(keys);
          sessions.push(id);
          return id;
        };
        io = backend;
        return backend;
      },
    });
    const publisher = await WireConnection.create();
    const publishing = port.openConnection();
    const receivers = new Set<Receiver>();
    publishing.on('receiver', (receiver) => receivers.add(receiver));
    publishing.on('receiverEnded', (receiver) => receivers.delete(receiver));
    const media = [
      { kind: 'audio', payloadType: AUDIO, ssrc: SSRC },
      { kind: 'video', payloadType: VIDEO, ssrc: 2001 },
    ] as const;
    publisher.begin(await publishing.answer(publisher.offer(media)));
    await until('the publisher is connected', () => publisher.connected && publishing.connected, { intervalMs: 5 });
    for (const { payloadType, ssrc } of media) {
      publisher.send(publisher.protect(rtpPacket({ payloadType, ssrc }).bytes));
    }
    await until('both streams are known', () => receivers.size === 2, { intervalMs: 5 });

    const subscriber = await WireConnection.create();
    const subscribing = port.openConnection();
    for (const receiver of receivers) {
      const sender = subscribing.addSender(receiver);
      receiver.on('packet', (packet, arrivalMs) => port.forward(packet, [sender], arrivalMs));
      receiver.on('senderReport', (report) => port.forwardSenderReport(report, [sender]));
    }
    const offer = await subscribing.offer();
    await subscribing.acceptAnswer(subscriber.answer(offer));
    subscriber.begin(offer);
    await until('the subscriber is connected', () => subscriber.connected && subscribing.connected, { intervalMs: 5 });

    const [publishSession = 0, subscribeSession = 0] = sessions;
    const from = { address: '127.0.0.1', port: publisher.socket.address().port };
    const channels = new DataChannels(() => undefined);
    channels.start(5000, 65_536);
    const srtp = [11, 12, 13].map((seq) => publisher.protect(rtpPacket({ payloadType: AUDIO, ssrc: SSRC, seq }).bytes));
    const now = (): number => performance.now();
    const targets: Target[] = [
      { name: 'STUN at the port', corpus: stunCorpus, take: (input) => owner!.datagramReceived(input, from) },
      { name: 'datagrams', corpus: [...stunCorpus, ...srtp], take: (input) => io!.receive(input, from) },
      { name: 'RTP of a client', corpus: rtpCorpus, take: (i) => owner!.rtpReceived(publishSession, i, now()) },
      { name: 'RTCP of a publisher', corpus: rtcpCorpus, take: (i) => owner!.rtcpReceived(publishSession, i, now()) },
      {
        name: 'RTCP of a subscriber',
        corpus: rtcpCorpus,
        take: (i) => owner!.rtcpReceived(subscribeSession, i, now()),
      },
      { name: 'SCTP', corpus: sctpCorpus, take: (input) => channels.receive(Buffer.from(input)) },
    ];
    return new LiveNode(port, owner!, [publisher, subscriber], targets);
  }

  /** Gives a target its inputs and lets the rest of the process live. */
  async fuzz(target: Target, count: number, seed: number): Promise<Tally> {
    const total = { taken: 0, refused: 0 };
    for (let done = 0; done < count; done += TURN_EVERY) {
      const { taken, refused } = fuzz(target, Math.min(TURN_EVERY, count - done), seed + done);
      total.taken += taken;
      total.refused += refused;
      await setImmediate();
    }
    return total;
  }

  /** Lets clients shake hands while somebody at their address sends what is nearly the same: about `count` inputs. */
  async fuzzHandshakes(count: number, seed: number): Promise<Tally> {
    const random = seeded(seed);
    const tally = { taken: 0, refused: 0 };
    while (tally.taken < count) tally.taken += await this.#fuzzHandshake(random);
    return tally;
  }

  async #fuzzHandshake(random: () => number): Promise<number> {
    const connection = this.port.openConnection();
    const client = await WireConnection.create();
    const seen: Uint8Array[] = [];
    let inputs = 0;
    client.meddle = (bytes) => {
      if (bytes[0]! < 20) return;
      seen.push(Uint8Array.from(bytes));
      const from = { address: '127.0.0.1', port: client.socket.address().port };
      for (let i = 0; i < INPUTS_PER_DATAGRAM; i++, inputs++) {
        const input = mutate([seen.at(-1)!, ...seen], random);
        if (input.length > 0) this.#owner.datagramReceived(input, from);
      }
    };
    client.begin(await connection.answer(client.offer([{ kind: 'audio', payloadType: AUDIO, ssrc: 5 }])));
    // It may well fail: whoever shares a client's address can break its handshake.
    await until('it has ended', () => client.connected || inputs > 5 * INPUTS_PER_DATAGRAM, {
      timeoutMs: 2000,
      intervalMs: 2,
    }).catch(() => undefined);
    client.close();
    connection.close();
    return inputs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.port.close();
  }
}
