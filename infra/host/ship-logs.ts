// What `muon-logs.timer` runs: takes what is new in the journal to CloudWatch Logs, one stream a host.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { HostAws } from './aws.ts';
import { shipLogs } from './logs.ts';
import { Metadata } from './metadata.ts';
import { bootSettings } from './settings.ts';

const CURSOR_FILE = '/var/lib/muon/log.cursor';

const { MUON_LOG_GROUP, MUON_REGION } = bootSettings.parse(process.env);
const aws = new HostAws(MUON_REGION);
const stream = await new Metadata().read('instance-id');
const cursor = await readFile(CURSOR_FILE, 'utf8').catch(() => undefined);
if (cursor === undefined) await aws.createLogStream(MUON_LOG_GROUP, stream);
const since = cursor === undefined ? ['--boot'] : ['--after-cursor', cursor];
const journal = spawn('journalctl', ['--output=json', '--no-pager', '--unit=muon-*', ...since], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = once(journal, 'close');
await shipLogs({
  lines: createInterface({ input: journal.stdout }),
  put: (events) => aws.putLogs(MUON_LOG_GROUP, stream, events),
  keepCursor,
});
const [status] = (await ended) as [number | null];
if (status !== 0) throw new Error(`journalctl ends with ${status ?? 'a signal'}`);

/** Whole or not at all: half a cursor would be none, and all of the journal be shipped again. */
async function keepCursor(shipped: string): Promise<void> {
  await writeFile(`${CURSOR_FILE}.new`, shipped);
  await rename(`${CURSOR_FILE}.new`, CURSOR_FILE);
}
