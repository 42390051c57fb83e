import { RTCSctpTransport, type RTCDtlsTransport } from 'werift';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { handOnInFull, type InboundParts } from './reassembly.ts';
import { keepWindow, type WindowParts } from './receive-window.ts';

/** Flags of a DATA chunk (RFC 9260 section 3.3.1). */
const flags = { last: 1, first: 2, unordered: 4 };
const WHOLE = flags.first | flags.last | flags.unordered;

const nowhere = {
  id: 'client',
  iceTransport: { role: 'controlled' },
  onStateChange: { subscribe: () => ({ unSubscribe: () => {} }) },
  dataReceiver: () => {},
  sendData: () => Promise.resolve(),
};

/** As werift reads it. */
type ForwardTsn = Parameters<WindowParts['receiveForwardTsnChunk']>[0];

let sctp: WindowParts;
let overflowed: ReturnType<typeof vi.fn<() => void>>;
let received: string[];

beforeEach(() => {
  const transport = new RTCSctpTransport();
  transport.setDtlsTransport(nowhere as unknown as RTCDtlsTransport);
  const werift = transport.sctp;
  received = [];
  werift.onReceive.subscribe((_stream, _protocol, data) => received.push(data.toString()));
  handOnInFull(werift as unknown as InboundParts);
  sctp = werift as unknown as WindowParts;
  overflowed = vi.fn<() => void>();
  keepWindow(sctp, overflowed);
});

function receive(tsn: number, flag: number, { data = String(tsn), streamId = 1 } = {}): void {
  const chunk = { tsn: tsn >>> 0, flags: flag, streamId, streamSeqNum: 0, protocol: 51, userData: Buffer.from(data) };
  sctp.receiveDataChunk(chunk);
}

function waiting(): number {
  return Object.values(sctp.inboundStreams).reduce((sum, { reassembly }) => sum + reassembly.length, 0);
}

describe.each([0, 8, 98, 998, 2 ** 31 - 2, 2 ** 32 - 2])('from the number %i on', (last) => {
  beforeEach(() => (sctp.lastReceivedTsn = last));

  test('what is missing may come late, however the number is written', () => {
    for (const ahead of [1, 3, 4, 2]) receive(last + ahead, WHOLE);
    expect(sctp.lastReceivedTsn).toBe((last + 4) >>> 0);
    expect(sctp.sackMisOrdered.size).toBe(0);
    expect(received).toEqual([1, 3, 4, 2].map((ahead) => String(last + ahead)));
  });

  test('what comes twice is told to have', () => {
    for (const ahead of [1, 1, 3, 3]) receive(last + ahead, WHOLE);
    expect(received).toHaveLength(2);
    expect(sctp.sackDuplicates).toEqual([last + 1, last + 3].map((tsn) => tsn >>> 0));
  });

  test('what is too far ahead is as good as lost, and can be sent again', () => {
    for (let ahead = 2; ahead <= 5000; ahead++) receive(last + ahead, WHOLE);
    expect(sctp.sackMisOrdered.size).toBe(1023);
    expect(overflowed).not.toHaveBeenCalled();
    receive(last + 1, WHOLE);
    expect(sctp.lastReceivedTsn).toBe((last + 1024) >>> 0);
    receive(last + 1025, WHOLE);
    expect(received).toHaveLength(1025);
  });
});

test.each([
  ['a message without an end', flags.first, flags.unordered],
  ['beginnings alone', flags.first | flags.unordered, flags.first | flags.unordered],
])('of %s, no more is kept than of one of the largest', (_, first, then) => {
  sctp.lastReceivedTsn = 0;
  for (let tsn = 1; overflowed.mock.calls.length === 0 && tsn < 10_000; tsn++) receive(tsn, tsn === 1 ? first : then);
  expect(overflowed).toHaveBeenCalled();
  expect(waiting()).toBe(4097);
});

test('nor more bytes than twice the window', () => {
  sctp.lastReceivedTsn = 0;
  const data = 'x'.repeat(1200);
  for (let tsn = 1; overflowed.mock.calls.length === 0 && tsn < 10_000; tsn++) receive(tsn, 0, { data });
  expect(waiting()).toBe(Math.floor((2 * 1024 * 1024) / 1200) + 1);
});

test('nor more streams than browsers have', () => {
  sctp.lastReceivedTsn = 0;
  for (let streamId = 0; streamId < 3000; streamId++) receive(streamId + 1, WHOLE, { streamId });
  sctp.receiveForwardTsnChunk({ cumulativeTsn: 1025, streams: [[4000, 1]] } as ForwardTsn);
  expect(Object.keys(sctp.inboundStreams)).toHaveLength(1024);
});

test('what was given up makes room, and the rest goes on', () => {
  sctp.lastReceivedTsn = 0;
  for (let tsn = 2; tsn <= 9; tsn++) receive(tsn, tsn === 2 ? flags.first | flags.unordered : flags.unordered);
  for (const tsn of [11, 12]) receive(tsn, WHOLE);
  expect(waiting()).toBe(8);
  sctp.receiveForwardTsnChunk({ cumulativeTsn: 10, streams: [] } as ForwardTsn);
  expect(waiting()).toBe(0);
  expect(sctp.lastReceivedTsn).toBe(12);
});

test('one that began anew leaves no numbers behind', () => {
  for (let round = 0; round < 10; round++) {
    sctp.lastReceivedTsn = round * 100_000;
    for (let ahead = 2; ahead <= 1000; ahead++) receive(sctp.lastReceivedTsn + ahead, WHOLE);
    expect(sctp.sackMisOrdered.size).toBeLessThanOrEqual(1024);
  }
});

test('a whole message behind one without an end is handed on', () => {
  sctp.lastReceivedTsn = 0;
  receive(1, flags.first | flags.unordered);
  receive(2, WHOLE);
  expect(received).toEqual(['2']);
});
