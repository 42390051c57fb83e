import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkCloseCodes } from '@muon/contract/link.ts';
import { problems } from '@muon/contract/problem.ts';
import { signalCloseCodes } from '@muon/contract/signal.ts';
import { signalErrors } from '@muon/contract/signal-error.ts';
import { expect, test } from 'vitest';
import { limits } from './limits.fixture.ts';
import { concerns } from './metrics.fixture.ts';

const root = join(import.meta.dirname, '../..');

test.each(limits)('the limit on $what is what the node goes by, and its code exists', ({ beyond, source }) => {
  const [file, text] = source;
  expect(readFileSync(join(root, file), 'utf8')).toContain(text);
  const known = [problems, signalErrors, signalCloseCodes, linkCloseCodes, concerns].flatMap(Object.keys);
  expect(['', ...known]).toContain(beyond);
});

test('docs/limits.md lists them', async () => {
  const rows = limits.map(({ what, limit, beyond, more }) => {
    const outcome = [beyond && `\`${beyond}\``, more].filter(Boolean).join('; ');
    return `| ${what} | ${limit} | ${outcome} |`;
  });
  const head =
    'What a media node takes of strangers and clients. Beyond a limit a request is refused with a code, a WebSocket is closed\n' +
    'with a reason, or a packet is dropped and counted by a metric. A refusal is a line in the log, and counted by its code in\n' +
    '`muon_refused_requests_total`. Addresses are those of clients only where the node knows of the proxies in front of it\n' +
    '(`MUON_TRUSTED_PROXIES`).\n';
  const page = `# Limits\n\n${head}\n| what | limit | beyond it |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
  await expect(page).toMatchFileSnapshot('../../docs/limits.md');
});
