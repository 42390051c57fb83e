import * as fc from 'fast-check';
import { ProtocolError } from '@muon/wire/protocol-error.ts';
import { expect, test } from 'vitest';
import { parseControlMessage } from './control-message.ts';

test('a request that came', () => {
  const frame = Buffer.from('u|sip|network|5|udp|192.0.2.7|5060|12:00|tx|dialog|\r\nBYE x');
  expect(parseControlMessage(frame)).toEqual({
    type: 'sip',
    source: 'network',
    transport: 'udp',
    address: '192.0.2.7',
    transaction: 'tx',
    dialog: 'dialog',
    message: Buffer.from('BYE x'),
  });
});

test('what became of a command', () => {
  const ok = 'u|response|3.200.ca_1|OK|application|9|udp|192.0.2.7|5060|12:00|tx|dialog||Msg sent:|\r\nSIP/2.0 200 OK';
  expect(parseControlMessage(Buffer.from(ok))).toEqual({
    type: 'result',
    id: '3.200.ca_1',
    ok: true,
    dialog: 'dialog',
  });
  const no = 'u|response|4.BYE.ca_1|NOK|unable to find dialog';
  expect(parseControlMessage(Buffer.from(no))).toEqual({ type: 'result', id: '4.BYE.ca_1', ok: false, dialog: '' });
});

test('anything else is read as nothing, or not at all', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('u', 'sip', 'response', 'network', '|', '\r\n', '', 'cdr:start')), (words) => {
      try {
        expect(['sip', 'result', 'other']).toContain(parseControlMessage(Buffer.from(words.join(''))).type);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
});
