import { RTCDataChannel, RTCDataChannelParameters, RTCSctpTransport, type RTCDtlsTransport } from 'werift';
import { afterEach, expect, test, vi } from 'vitest';
import { until } from '../../test/support/until.ts';
import type { DataChannel } from './data-channel.ts';
import { handOnInFull, type InboundParts } from './reassembly.ts';
import { DataChannels } from './werift.ts';

/** Of SCTP chunks, as the first of a packet has it. */
const chunkTypes = { data: 0, forwardTsn: 192 };
const ONE_WAY_MS = 5;

/** A node's data channels and a client's, with a network between them that loses what it is told to. */
class Pair {
  readonly channels: DataChannels;
  /** What the client got, in order. */
  readonly received: string[] = [];
  /** Which packets to the client are lost, by the type of their first chunk and what is in them. */
  lost: (type: number, packet: Buffer) => boolean = () => false;
  /** How many packets to the client had such a chunk first. */
  readonly sent = new Map<number, number>();
  readonly accepted: RTCDataChannel[] = [];
  /** Which packets from the client are lost. */
  lostUp: (type: number, packet: Buffer) => boolean = () => false;
  readonly #client = new RTCSctpTransport();
  #closed = false;

  constructor() {
    const later = (receive: () => void): void => void setTimeout(receive, ONE_WAY_MS);
    const lower = {
      id: 'client',
      iceTransport: { role: 'controlling' },
      onStateChange: { subscribe: () => ({ unSubscribe: () => {} }) },
      dataReceiver: (_data: Buffer) => {},
      sendData: (data: Buffer) => {
        if (this.lostUp(data[12]!, data)) return Promise.resolve();
        later(() => {
          if (!this.#closed) this.channels.receive(Buffer.from(data));
        });
        return Promise.resolve();
      },
    };
    this.channels = new DataChannels((data) => {
      const packet = Buffer.from(data);
      const type = packet[12]!;
      this.sent.set(type, (this.sent.get(type) ?? 0) + 1);
      if (this.lost(type, packet)) return;
      later(() => {
        if (!this.#closed) lower.dataReceiver(packet);
      });
    });
    this.#client.setDtlsTransport(lower as unknown as RTCDtlsTransport);
    handOnInFull(this.#client.sctp as unknown as InboundParts);
    this.#client.onDataChannel.subscribe((channel) => {
      this.accepted.push(channel);
      channel.onMessage.subscribe((data) => this.received.push(data.toString()));
    });
    this.channels.start(5000, 65_536);
    void this.#client.start(5000);
  }

  async open(label: string, options: object): Promise<DataChannel> {
    const channel = this.channels.open(label, options);
    await until('the channel is open', () => channel.open && this.accepted.some((one) => one.label === label));
    return channel;
  }

  /** A channel of the client's. */
  create(label: string, options: { ordered?: boolean; maxRetransmits?: number }): RTCDataChannel {
    const parameters = new RTCDataChannelParameters({ label, ordered: true, ...options });
    return new RTCDataChannel(this.#client, parameters);
  }

  /** The client sends a message larger than any, and does not care what it is told of the window. */
  flood(channel: RTCDataChannel): void {
    Object.defineProperty(this.#client.sctp, 'peerRwnd', { get: () => 2 ** 30 });
    Object.defineProperty(this.#client.sctp, 'flightSize', { get: () => 0, set: () => {} });
    this.#client.setRemoteMaxMessageSize(2 ** 30);
    channel.send(Buffer.alloc(4 * 1024 * 1024));
  }

  close(): void {
    this.#closed = true;
    this.channels.close();
    void this.#client.stop();
  }
}

let pair: Pair;

afterEach(() => pair.close());

const lossy = { ordered: false, maxRetransmits: 0 };
const numbers = (count: number, name = ''): string[] => Array.from({ length: count }, (_, at) => `${name}${at}.`);

/** Loses a packet of data in so many, the first time that it is sent. */
function losesOneIn(every: number): typeof pair.lost {
  let count = 0;
  const seen = new Set<number>();
  return (type, packet) => {
    const tsn = packet.readUInt32BE(16);
    if (type !== chunkTypes.data || seen.has(tsn)) return false;
    seen.add(tsn);
    return ++count % every === 0;
  };
}

test('a message that may be lost is not sent again, and those after it come', async () => {
  pair = new Pair();
  const channel = await pair.open('pose', lossy);
  const before = pair.sent.get(chunkTypes.data)!;
  pair.lost = losesOneIn(5);
  for (const text of numbers(60)) {
    channel.send(text);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  channel.send('end');
  await until('the last is there', () => pair.received.includes('end'));
  expect(pair.received.length).toBe(61 - 12);
  expect(pair.sent.get(chunkTypes.data)! - before).toBe(61);
  expect(pair.sent.get(chunkTypes.forwardTsn)).toBeGreaterThan(0);
});

test('what must arrive does, in order, whatever is given up between', async () => {
  pair = new Pair();
  const [pose, chat] = [await pair.open('pose', lossy), await pair.open('chat', {})];
  pair.lost = losesOneIn(3);
  for (const at of numbers(80).keys()) {
    pose.send(`pose ${at}`);
    chat.send(`chat ${at}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const chats = (): string[] => pair.received.filter((text) => text.startsWith('chat'));
  await until('all are there', () => chats().length === 80);
  expect(chats()).toEqual(Array.from({ length: 80 }, (_, at) => `chat ${at}`));
  expect(pair.received.length).toBeLessThan(160);
});

test('of a message in pieces, all are given up with one', async () => {
  pair = new Pair();
  const channel = await pair.open('pose', lossy);
  let pieces = 0;
  pair.lost = (type) => type === chunkTypes.data && ++pieces === 2;
  const large = 'x'.repeat(8000);
  channel.send(large);
  for (const text of numbers(20)) {
    channel.send(text);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  channel.send(large.toUpperCase());
  await until('the last is there', () => pair.received.includes(large.toUpperCase()), { timeoutMs: 10_000 });
  expect(pair.received).not.toContain(large);
  expect(pair.received.length).toBe(21);
});

test('the other side is told of it until it knows, and then all is quiet', async () => {
  pair = new Pair();
  const channel = await pair.open('pose', lossy);
  let told = 0;
  const loses = losesOneIn(10);
  pair.lost = (type, packet) => (type === chunkTypes.forwardTsn ? ++told <= 2 : loses(type, packet));
  for (const text of numbers(35)) channel.send(text);
  await until('it is told again', () => told > 2, { timeoutMs: 10_000 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const sent = [...pair.sent.values()];
  // Longer than it waits for an acknowledgement.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect([...pair.sent.values()]).toEqual(sent);
});

test('a message that is lost on its last is given up after a second', async () => {
  pair = new Pair();
  const channel = await pair.open('pose', lossy);
  pair.lost = (type) => type === chunkTypes.data;
  for (const text of numbers(3)) channel.send(text);
  await until('the other side is told', () => pair.sent.has(chunkTypes.forwardTsn), { timeoutMs: 10_000 });
  pair.lost = () => false;
  channel.send('next');
  await until('the next comes', () => pair.received.length > 0);
  expect(pair.received).toEqual(['next']);
});

test('the client is told that the channel has no order', async () => {
  pair = new Pair();
  await pair.open('pose', lossy);
  await pair.open('chat', {});
  expect(pair.accepted.map(({ ordered, maxRetransmits }) => [ordered, maxRetransmits])).toEqual([
    [false, 0],
    [true, null],
  ]);
});

test('what a client sends over several channels comes whole and in order, each as soon as it can', async () => {
  pair = new Pair();
  const received: string[] = [];
  pair.channels.on('opened', (channel) => channel.on('message', (text) => received.push(String(text))));
  const [pose, chat] = [pair.create('pose', lossy), pair.create('chat', {})];
  await until('they are open', () => [pose, chat].every(({ readyState }) => readyState === 'open'));
  pair.lostUp = losesOneIn(7);
  for (let at = 0; at < 40; at++) {
    pose.send(Buffer.from(`pose ${at}`));
    chat.send(Buffer.from(`chat ${at}`));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const chats = (): string[] => received.filter((text) => text.startsWith('chat'));
  await until('all are there', () => chats().length === 40);
  expect(chats()).toEqual(Array.from({ length: 40 }, (_, at) => `chat ${at}`));
});

test('a client that sends more than may wait has no channels any more', async () => {
  pair = new Pair();
  const channel = await pair.open('pose', lossy);
  const overflows = vi.fn<() => void>();
  pair.channels.on('overflowed', overflows);
  const own = pair.create('chat', {});
  await until('it is open', () => own.readyState === 'open');
  pair.flood(own);
  await until('it is ended', () => overflows.mock.calls.length > 0, { timeoutMs: 10_000 });
  expect(channel.open).toBe(false);
  expect(overflows).toHaveBeenCalledTimes(1);
});
