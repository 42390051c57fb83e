import { writeU16, writeU32 } from '@muon/wire/bytes.ts';
import { isRtcp } from '@muon/wire/rtp/packet.ts';
import { expect, test } from 'vitest';
import type { Direction } from '../support/network/udp-link.ts';
import { RtpSource } from '../support/rtp-source.ts';
import { until } from '../support/until.ts';
import { WirePublisher } from '../support/wire-publisher.ts';
import { FaultStage } from './stage.ts';

const SSRC = 77;
const BURST = 260;

/** Two seconds of sound come before the burst; the wrap is in the middle of it. */
const BEFORE = 100;
const BURST_FROM = 65_536 - BURST / 2;

/** How far a sequence number may jump and still be ahead. */
const MAX_JUMP = 30_000;

/** A browser that hears somebody whose packets the test numbers. Use with `await using`. */
class Listening implements AsyncDisposable {
  readonly stage: FaultStage;
  /** Of the next packet that is published. */
  nextSeq = BURST_FROM - BEFORE;
  readonly #publisher: WirePublisher;
  #source: RtpSource | undefined;

  private constructor(stage: FaultStage, publisher: WirePublisher) {
    this.stage = stage;
    this.#publisher = publisher;
  }

  static async open(): Promise<Listening> {
    const stage = await FaultStage.open(['ada']);
    const medium = { kind: 'audio', payloadType: 111, ssrc: SSRC } as const;
    return new Listening(stage, await WirePublisher.join(stage.node, 'wire', medium));
  }

  async start(): Promise<void> {
    this.#source = await RtpSource.start('audio', (packet) => {
      if (isRtcp(packet)) return;
      const numbered = Uint8Array.from(packet);
      writeU16(numbered, 2, this.nextSeq++ & 0xffff);
      writeU32(numbered, 8, SSRC);
      this.#publisher.send(numbered);
    });
    await this.hears(BEFORE / 2);
  }

  /** What the browser has decrypted of it. */
  async received(): Promise<{ readonly ssrc: number; readonly packets: number }> {
    return this.stage.page('ada').evaluate(async () => {
      const reports = await Promise.all(window.peers.map((peer) => peer.getStats()));
      const entries = reports.flatMap((report) => [...report.values()]);
      const { ssrc = 0, packetsReceived = 0 } = entries.find(({ type }) => type === 'inbound-rtp') ?? {};
      return { ssrc, packets: packetsReceived };
    });
  }

  /** Waits until so many further packets were decrypted. */
  async hears(count: number): Promise<void> {
    const { packets } = await this.received();
    await until(`${count} more packets`, async () => (await this.received()).packets > packets + count);
  }

  async lost(direction: Direction): Promise<number> {
    return (await this.stage.network.flows()).reduce((sum, flow) => sum + flow[direction].lostInBurst, 0);
  }

  /** Lets the numbers of what the browser is sent jump, until they are as far before the burst as the test wants. */
  async comeNearBurst(): Promise<void> {
    const { ssrc } = await this.received();
    for (;;) {
      const flows = await this.stage.network.flows();
      const seq = flows.flatMap(({ downSeqs }) => downSeqs[ssrc] ?? [])[0]!;
      const left = BURST_FROM - BEFORE - seq;
      if (left < BEFORE) return;
      this.nextSeq += Math.min(left, MAX_JUMP);
      await this.hears(BEFORE / 2);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source?.[Symbol.asyncDispose]();
    this.#publisher[Symbol.dispose]();
    await this.stage[Symbol.asyncDispose]();
  }
}

test('a browser hears a publisher again of whom 260 packets were lost across the wrap of sequence numbers', async () => {
  await using listening = await Listening.open();
  const { network, node } = listening.stage;
  await network.loseBurst('up', { ssrc: SSRC, fromSeq: BURST_FROM, count: BURST });
  await listening.start();
  await until('the burst is lost', async () => (await listening.lost('up')) === BURST);
  expect((await listening.received()).packets).toBeLessThanOrEqual(BEFORE + 10);
  await listening.hears(BEFORE);
  expect(await node.metric('muon_media_unauthentic_total')).toBe(0);
});

test('a browser hears on when 260 packets to it are lost across the wrap of sequence numbers', async () => {
  await using listening = await Listening.open();
  const { network, node } = listening.stage;
  await listening.start();
  const { ssrc } = await listening.received();
  await network.loseBurst('down', { ssrc, fromSeq: BURST_FROM, count: BURST });
  await listening.comeNearBurst();
  await until('the burst is lost', async () => (await listening.lost('down')) === BURST);
  await listening.hears(BEFORE);
  // The latest path: five seconds without a packet make the node offer another one.
  const seq = (await network.flows()).flatMap(({ downSeqs }) => downSeqs[ssrc] ?? []).at(-1);
  expect(seq).toBeLessThan(BURST_FROM / 2);
  expect(await node.metric('muon_media_unauthentic_total')).toBe(0);
});
