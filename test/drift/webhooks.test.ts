import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { events } from '@muon/contract/event.ts';
import { expect, test } from 'vitest';

const page = readFileSync(join(import.meta.dirname, '../../docs/webhooks.md'), 'utf8');

test('docs/webhooks.md lists every event as the contract has it', () => {
  const rows = Object.entries(events).map(
    ([type, { description, data }]) => `| \`${type}\` | ${description} | ${data.meta()?.id} |`,
  );
  const written = page.split('\n').filter((line) => /^\| `\w+\.\w+`/.test(line));
  expect(written.map((line) => line.replaceAll(/ +/g, ' '))).toEqual(rows);
});

test('what docs/webhooks.md verifies signatures with knows good ones from others', async () => {
  const [, code = ''] = /```js\n([^`]*(?:`[^`]+`[^`]*)*?)```/.exec(page) ?? [];
  const { isFromMuon } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    isFromMuon: (headers: object, body: string, secret: string, nowSeconds: number) => boolean;
  };
  const key = Buffer.alloc(32, 7);
  const secret = `whsec_${key.toString('base64')}`;
  const signature = `v1,${createHmac('sha256', key).update('ev_1.1000.{}').digest('base64')}`;
  const headers = { 'webhook-id': 'ev_1', 'webhook-timestamp': '1000', 'webhook-signature': `v1,xx ${signature}` };
  expect(isFromMuon(headers, '{}', secret, 1010)).toBe(true);
  expect(isFromMuon(headers, '{ }', secret, 1010)).toBe(false);
  expect(isFromMuon(headers, '{}', `whsec_${Buffer.alloc(32, 8).toString('base64')}`, 1010)).toBe(false);
  expect(isFromMuon(headers, '{}', secret, 1400)).toBe(false);
  expect(isFromMuon({}, '{}', secret, 1010)).toBe(false);
});
