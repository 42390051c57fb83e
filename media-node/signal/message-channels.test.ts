import { EventEmitter } from 'node:events';
import { LOSSY_CHANNEL_LABEL } from '@muon/contract/message.ts';
import { expect, test } from 'vitest';
import type { DataChannel, DataChannelEvents } from '../io/data-channel.ts';
import { MessageChannels } from './message-channels.ts';

/** A channel whose other side reads nothing. */
class UnreadChannel extends EventEmitter<DataChannelEvents> implements DataChannel {
  readonly label: string;
  readonly sent: (string | Uint8Array)[] = [];
  open = false;
  bufferedBytes = 0;

  constructor(label: string) {
    super();
    this.label = label;
  }

  send(data: string | Uint8Array): void {
    this.sent.push(data);
    this.bufferedBytes += data.length;
  }

  close(): void {}

  drains(): void {
    this.bufferedBytes = 0;
    this.emit('drained');
  }

  opens(): void {
    this.open = true;
    this.emit('opened');
  }
}

function open() {
  const channels: UnreadChannel[] = [];
  const options: object[] = [];
  let dropped = 0;
  const connection = {
    createDataChannel(label: string, asked = {}) {
      const channel = new UnreadChannel(label);
      channels.push(channel);
      options.push(asked);
      return channel;
    },
  };
  const clock = { nowMs: 0 };
  const messages = new MessageChannels(
    connection,
    () => (dropped += 1),
    () => clock.nowMs,
  );
  return { messages, channels, options, clock, dropped: () => dropped };
}

const large = 'x'.repeat(64 * 1024);

test('messages wait for their channel to open, and come in order, kinds kept', () => {
  const { messages, channels } = open();
  const bytes = Uint8Array.of(1, 2);
  messages.relay('chat', 'one');
  messages.relay('chat', bytes);
  expect(channels[0]!.sent).toEqual([]);
  channels[0]!.opens();
  messages.relay('chat', 'three');
  expect(channels[0]!.sent).toEqual(['one', bytes, 'three']);
});

test.each(['before the channel is open', 'after'])('what a client does not read is bounded %s', (when) => {
  const { messages, channels, dropped } = open();
  messages.relay('chat', 'first');
  if (when === 'after') channels[0]!.opens();
  for (let message = 0; message < 100; message += 1) messages.relay('chat', large);
  messages.relay('other', large);
  expect(dropped()).toBe(101 - 16);
  if (when !== 'after') channels[0]!.opens();
  expect(channels[0]!.bufferedBytes).toBeLessThanOrEqual(17 * large.length);
});

test('labels are bounded, and those that mean something else are not opened', () => {
  const { messages, channels, dropped } = open();
  for (let label = 0; label < 20; label += 1) messages.relay(`label ${label}`, 'x');
  messages.relay('ion-sfu', 'x');
  messages.relay(LOSSY_CHANNEL_LABEL, 'x');
  expect(channels).toHaveLength(16);
  expect(dropped()).toBe(6);
});

test('lossy messages go unordered and once, and are left out when the channel is not open, or too many wait', () => {
  const { messages, channels, options, dropped } = open();
  messages.sendLossy('early');
  expect(options).toEqual([{ ordered: false, maxRetransmits: 0 }]);
  expect(dropped()).toBe(1);
  channels[0]!.opens();
  for (let message = 0; message < 10; message += 1) messages.sendLossy(large);
  expect(channels[0]!.sent).toHaveLength(1);
  expect(dropped()).toBe(1 + 10 - 6);
  for (let message = 0; message < 5; message += 1) channels[0]!.drains();
  expect(channels[0]!.sent).toHaveLength(6);
});

test('while the way to a client is closed, few lossy messages are given to it, and none that is late afterwards', () => {
  const { messages, channels, clock, dropped } = open();
  messages.sendLossy('early');
  channels[0]!.opens();
  const text = 'x'.repeat(1000);
  for (; clock.nowMs < 5000; clock.nowMs += 50) messages.sendLossy(text + String(clock.nowMs));
  const given = channels[0]!.sent.length;
  expect(given).toBeLessThan(17);
  channels[0]!.drains();
  const after = channels[0]!.sent.slice(given).map((message) => Number(String(message).slice(1000)));
  expect(after).toEqual(Array.from({ length: 10 }, (_, at) => 4500 + 50 * at));
  expect(dropped()).toBe(1 + 100 - given - 10);
});
