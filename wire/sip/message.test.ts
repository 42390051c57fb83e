import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { headerOf, parseSip, sipLength, splitList, writeSip } from './message.ts';
import { parseVia, writeVia } from './via.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

const invite = [
  'INVITE sip:room@gw SIP/2.0',
  'v: SIP/2.0/UDP 10.0.0.7:5062;rport;branch=z9hG4bKa, SIP/2.0/UDP proxy;branch=z9hG4bKb',
  'Via: SIP/2.0/TCP first;branch=z9hG4bKc',
  'f: "A, <lice>" <sip:a@b>;tag=1',
  'Subject: folded',
  '  over lines',
  'l: 3',
  '',
  'abcdef',
].join('\r\n');

describe('a SIP message', () => {
  test('is read with long names, unfolded lines, split lists and the body that it says it has', () => {
    const message = parseSip(bytes(invite));
    expect(message).toMatchObject({ kind: 'request', method: 'INVITE', uri: 'sip:room@gw', body: 'abc' });
    expect(message.headers.get('via')).toHaveLength(3);
    expect(headerOf(message, 'subject')).toBe('folded over lines');
    expect(headerOf(message, 'from')).toBe('"A, <lice>" <sip:a@b>;tag=1');
  });

  test('is read back as it was written', () => {
    const written = writeSip('SIP/2.0 486 Busy Here', [['Call-ID', 'x']], 'grüße');
    expect(parseSip(bytes(written))).toMatchObject({
      kind: 'response',
      status: 486,
      phrase: 'Busy Here',
      body: 'grüße',
    });
  });

  test.each([
    ['nothing', ''],
    ['no end', 'OPTIONS sip:x SIP/2.0\r\nVia: x\r\n'],
    ['another version', 'OPTIONS sip:x SIP/3.0\r\n\r\n'],
    ['HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a header without a colon', 'OPTIONS sip:x SIP/2.0\r\nVia\r\n\r\n'],
    ['a lone line feed in a header', 'OPTIONS sip:x SIP/2.0\r\nA: b\nEvil: c\r\n\r\n'],
    ['a NUL', 'OPTIONS sip:x SIP/2.0\r\nA: b\0\r\n\r\n'],
    ['a body cut short', 'OPTIONS sip:x SIP/2.0\r\nContent-Length: 4\r\n\r\nabc'],
    ['a negative length', 'OPTIONS sip:x SIP/2.0\r\nContent-Length: -4\r\n\r\nabc'],
    ['too many headers', `OPTIONS sip:x SIP/2.0\r\n${'A: b\r\n'.repeat(97)}\r\n`],
    ['too long a header', `OPTIONS sip:x SIP/2.0\r\nA: ${'b'.repeat(2050)}\r\n\r\n`],
    ['too much of headers', `OPTIONS sip:x SIP/2.0\r\n${`A: ${'b'.repeat(2000)}\r\n`.repeat(5)}\r\n`],
    ['too large a body', `OPTIONS sip:x SIP/2.0\r\n\r\n${'x'.repeat(16_385)}`],
  ])('with %s is refused', (_, text) => {
    expect(() => parseSip(bytes(text))).toThrow(ProtocolError);
  });

  test('is refused as a protocol error, or read, whatever bytes it has', () => {
    const mutated = fc
      .tuple(fc.nat(invite.length), fc.nat(20), fc.string())
      .map(([at, cut, put]) => bytes(invite.slice(0, at) + put + invite.slice(at + cut)));
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (message) => {
        for (const read of [parseSip, sipLength]) {
          try {
            read(message);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a stream', () => {
  test('has its length known once the headers have come, whatever follows', () => {
    const whole = bytes(invite);
    const length = whole.length - 3;
    expect(sipLength(whole.subarray(0, 100))).toBeUndefined();
    expect(sipLength(whole.subarray(0, length - 2))).toBe(length);
    expect(sipLength(whole)).toBe(length);
  });

  test('that can never be a message is refused', () => {
    expect(() => sipLength(bytes('x'.repeat(10_000)))).toThrow(ProtocolError);
    expect(() => sipLength(bytes('A b\r\nl: 99999\r\n\r\n'))).toThrow(ProtocolError);
  });
});

test.each([
  ['a, b', ['a', 'b']],
  ['"a,\\",b" <sip:a,b@c>, d', ['"a,\\",b" <sip:a,b@c>', 'd']],
  [',,', []],
])('the list %s has the items %j', (list, items) => {
  expect(splitList(list)).toEqual(items);
});

describe('a Via', () => {
  test('is answered with where the request came from', () => {
    const via = parseVia('SIP/2.0/UDP 10.0.0.7:5062;rport;received=6.6.6.6;branch=z9hG4bKa;x=y');
    expect(via).toMatchObject({ transport: 'UDP', host: '10.0.0.7', port: 5062, branch: 'z9hG4bKa', wantsPort: true });
    expect(writeVia(via, { address: '198.51.100.1', port: 6000 })).toBe(
      'SIP/2.0/UDP 10.0.0.7:5062;branch=z9hG4bKa;x=y;received=198.51.100.1;rport=6000',
    );
  });

  test.each(['', 'SIP/2.0/UDP', 'SIP/2.0/UDP a', 'SIP/2.0/UDP a;branch', 'SIP/2.0/UDP a b;branch=c', 'UDP a;branch=c'])(
    '"%s" is refused',
    (value) => {
      expect(() => parseVia(value)).toThrow(ProtocolError);
    },
  );
});
