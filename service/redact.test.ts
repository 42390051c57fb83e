import { expect, test } from 'vitest';
import { redact } from './redact.ts';

test.each([
  ['key mk_01abc_s3cr3t-X refused', 'key mk_01abc_… refused'],
  ['stream key sk_01abc_s3cr3t-X', 'stream key sk_01abc_…'],
  ['token eyJhbGciOi.eyJzdWIi.c2ln refused', 'token eyJ… refused'],
  ['GET /ws?access_token=abc.def&x=1', 'GET /ws?access_token=…&x=1'],
  ['play eg_1?token=abcdef', 'play eg_1?token=…'],
  ['from 192.168.10.77:5060', 'from 192.x.x.77:5060'],
  ['from 2001:db8::5:77, port 9', 'from 2001:…:77, port 9'],
  ['at [fe80::1]:7000', 'at [fe80:…:1]:7000'],
  ['at 10:20:30 of a day, std::max, a:b', 'at 10:20:30 of a day, std::max, a:b'],
  ['sip:+15551234567@example.com', 'sip:…67@example.com'],
])('%s is logged as %s', (text, logged) => {
  expect(redact(text)).toBe(logged);
});
