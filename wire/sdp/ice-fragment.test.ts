import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { parseIceFragment, writeIceFragment } from './ice-fragment.ts';

/** The example of RFC 9725, section 4.3.2. */
const trickle = [
  'a=ice-ufrag:EsAw',
  'a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1',
  'm=audio 9 RTP/AVP 0',
  'a=mid:0',
  'a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1',
  'a=end-of-candidates',
  '',
].join('\r\n');

describe('an SDP fragment', () => {
  test('says whose ICE it is about', () => {
    expect(parseIceFragment(trickle)).toEqual({ ufrag: 'EsAw', password: 'P2uYro0UCOQ4zxjKXaWCBui1' });
    expect(parseIceFragment(trickle.replaceAll('\r', ''))).toMatchObject({ ufrag: 'EsAw' });
  });

  test('is read as it is written', () => {
    const text = writeIceFragment(['ice-ufrag:abcd', `ice-pwd:${'p'.repeat(22)}`, 'end-of-candidates']);
    expect(text.startsWith('a=ice-lite\r\n')).toBe(true);
    expect(parseIceFragment(text)).toEqual({ ufrag: 'abcd', password: 'p'.repeat(22) });
  });

  test.each([
    ['', 'nothing'],
    ['a=ice-ufrag:EsAw\r\n', 'no password'],
    ['a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n', 'no user name'],
    [trickle.replace('EsAw', 'é'), 'a user name of other characters'],
    [trickle + 'x'.repeat(20_000), 'more than anybody sends'],
  ])('%o is refused: %s', (text) => {
    expect(() => parseIceFragment(text)).toThrow(ProtocolError);
  });

  test('of any text is read or refused', () => {
    const line = fc.oneof(fc.string(), fc.constantFrom(...trickle.split('\r\n')));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        try {
          parseIceFragment(lines.join('\n'));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });
});
