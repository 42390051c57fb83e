import { expect, test } from 'vitest';
import { redact } from './redact.ts';

test.each([
  ['key mk_01abc_s3cr3t-X refused', 'key mk_01abc_… refused'],
  ['token eyJhbGciOi.eyJzdWIi.c2ln refused', 'token eyJ… refused'],
  ['GET /ws?access_token=abc.def&x=1', 'GET /ws?access_token=…&x=1'],
  ['play eg_1?token=abcdef', 'play eg_1?token=…'],
  ['from 192.168.10.77:5060', 'from 192.x.x.77:5060'],
  ['sip:+15551234567@example.com', 'sip:…67@example.com'],
])('%s is logged as %s', (text, logged) => {
  expect(redact(text)).toBe(logged);
});
