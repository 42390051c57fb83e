import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Recording } from '@muon/contract/recording.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { EGRESS_ID, LiveStage } from './stage.ts';

const run = promisify(execFile);

let folder: string;
let stage: LiveStage;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muon-live-recordings-'));
  stage = await LiveStage.start({ MUON_RECORDINGS_DIR: folder });
  await stage.join('red', 'red', 440);
  await stage.join('blue', 'blue', 880);
});

afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

test('a program is a file with both people in it, as long as it was, and downloaded with its token', async () => {
  stage.broadcast({ record: true });
  const begun = await until('it records', () => recordings().find(({ status }) => status === 'recording'), {
    timeoutMs: 40_000,
  });
  const startedMs = await until('the first second is there', () => grownMs());
  await pause(8000);
  stage.plane.egresses = [];
  const stoppedMs = Date.now();
  const ready = await until('it is ready', () => recordings().find(({ status }) => status === 'ready'));
  expect(ready).toMatchObject({ id: begun.id, startedAt: begun.startedAt });

  const file = fileURLToPath(ready.location!);
  const { codecs, durationSeconds } = await probe(file);
  console.log(`${durationSeconds} s recorded, ${(stoppedMs - startedMs) / 1000} s since its first fragment`);
  expect(codecs).toEqual(['aac', 'h264']);
  expect(Math.abs(durationSeconds - ready.durationSeconds!)).toBeLessThan(0.2);
  // Its first fragment is on the disk a second after its first picture.
  expect(Math.abs(durationSeconds - 1 - (stoppedMs - startedMs) / 1000)).toBeLessThan(1);
  expect(await coloursAt(file, durationSeconds - 2)).toEqual(['red', 'blue']);
  await expectDecodable(file);

  const url = ready.url!.replace('localhost', '127.0.0.1');
  const answer = await fetch(url);
  expect((await answer.bytes()).length).toBe(ready.sizeBytes);
  const range = await fetch(url, { headers: { range: 'bytes=4-7' } });
  expect([range.status, await range.text()]).toEqual([206, 'ftyp']);
  expect((await fetch(url.replace(/token=.*/, 'token=x'))).status).toBe(403);
  expect((await fetch(url.replace(/\?.*/, ''))).status).toBe(403);
});

test('a gateway that is killed leaves a file that plays, and finishes it when it is back', async () => {
  stage.broadcast({ id: 'eg_killed', record: true });
  const name = await until('it records', async () => (await unfinished())[0], { timeoutMs: 40_000 });
  const file = join(folder, 'unfinished/gw_rtmp-local', name);
  await until(
    'it is five seconds long',
    async () => ((await probe(file).catch(() => undefined))?.durationSeconds ?? 0) > 5,
    {
      timeoutMs: 40_000,
    },
  );
  const growingMs = Date.now();
  const before = (await probe(file)).durationSeconds;
  await pause(3000);
  stage.gateway.kill('SIGKILL');
  await once(stage.gateway, 'exit');
  const livedSeconds = (Date.now() - growingMs) / 1000;
  const left = await probe(file);
  console.log(`killed ${livedSeconds} s after ${before} s: ${left.durationSeconds} s play`);
  expect(left.codecs).toEqual(['aac', 'h264']);
  expect(left.durationSeconds).toBeGreaterThan(before + livedSeconds - 2);
  await expectDecodable(file);
  expect(await coloursAt(file, left.durationSeconds - 1)).toEqual(['red', 'blue']);

  const again = await LiveStage.start({ MUON_RECORDINGS_DIR: folder });
  const ready = await until('it is told', () =>
    again.plane.recordings.find(({ egress, recording }) => egress === 'eg_killed' && recording.status === 'ready'),
  );
  await again.close();
  expect(ready.recording.durationSeconds).toBeGreaterThan(before + livedSeconds - 2);
  await expectDecodable(fileURLToPath(ready.recording.location!));
  expect(await unfinished()).toEqual([]);
});

test('a gateway that is told to end tells of what it has finished before it does', async () => {
  const other = await LiveStage.start({ MUON_RECORDINGS_DIR: folder });
  try {
    other.broadcast({ id: 'eg_told', record: true });
    await other.join('red', 'red', 440);
    await until('it is five seconds long', async () => (await secondsOf('eg_told')) > 5, { timeoutMs: 60_000 });
    other.plane.refused = [{ id: 'rc_foreign', code: 'not-held' }];
    const refused = 'muon_recording_reports_refused_total{code="not-held"}';
    await until('a refusal is counted', async () => (await other.metric(refused)) > 0);
    other.gateway.kill('SIGTERM');
    await once(other.gateway, 'exit');
    const told = other.plane.recordings.filter(({ egress }) => egress === 'eg_told').map(({ recording }) => recording);
    expect(told.at(-1)).toMatchObject({ id: told[0]!.id, status: 'ready' });
    expect(await unfinished()).toEqual([]);
  } finally {
    await other.close();
  }
});

test('a folder that cannot be used costs the recording, and not the broadcast', async () => {
  const bad = join(folder, 'file');
  await writeFile(bad, '');
  const other = await LiveStage.start({ MUON_RECORDINGS_DIR: bad, MUON_LOG_LEVEL: 'silent' });
  try {
    other.broadcast({ record: true });
    const { recording } = await until(
      'it is told',
      () => other.plane.recordings.find((report) => report.recording.status === 'failed'),
      { timeoutMs: 40_000 },
    );
    expect(recording.reason).toBe('The folder of the recordings cannot be written to (ENOTDIR).');
    expect(await other.metric('muon_recording_failures_total{code="ENOTDIR"}')).toBe(1);
    await until('the broadcast is active', () => other.plane.status(EGRESS_ID)?.status === 'active');
    expect(await (await fetch(other.masterUrl)).text()).toContain('#EXTM3U');

    other.broadcast({ id: 'eg_alone', outputs: [], record: true });
    const status = await until(
      'the other has failed',
      () => {
        const told = other.plane.status('eg_alone');
        return told?.status === 'failed' ? told : undefined;
      },
      { timeoutMs: 40_000 },
    );
    expect(status.reason).toBe(recording.reason);
  } finally {
    await other.close();
  }
});

function recordings(): Recording[] {
  return stage.plane.recordings.filter(({ egress }) => egress === EGRESS_ID).map(({ recording }) => recording);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function unfinished(): Promise<string[]> {
  return readdir(join(folder, 'unfinished/gw_rtmp-local'));
}

/** How long a file is by now. */
async function secondsOf(egress: string): Promise<number> {
  const name = (await unfinished()).find((each) => each.startsWith(`${egress}.`));
  const file = join(folder, 'unfinished/gw_rtmp-local', name ?? '');
  return name ? ((await probe(file).catch(() => undefined))?.durationSeconds ?? 0) : 0;
}

/** When the file had its first fragment. */
async function grownMs(): Promise<number | undefined> {
  const [name] = await unfinished();
  if (name === undefined) return undefined;
  const probed = await probe(join(folder, 'unfinished/gw_rtmp-local', name)).catch(() => undefined);
  return probed && probed.durationSeconds >= 0.9 ? Date.now() : undefined;
}

async function probe(file: string): Promise<{ codecs: string[]; durationSeconds: number }> {
  const show = ['-show_entries', 'stream=codec_name:format=duration', '-of', 'json'];
  const { stdout } = await run('ffprobe', ['-v', 'error', ...show, file], { timeout: 30_000 });
  const { streams, format } = JSON.parse(stdout) as {
    streams: { codec_name: string }[];
    format: { duration: string };
  };
  return { codecs: streams.map(({ codec_name: name }) => name).toSorted(), durationSeconds: Number(format.duration) };
}

/** What is seen on the left and on the right. */
async function coloursAt(file: string, seconds: number): Promise<string[]> {
  const scale = ['-vf', 'crop=iw:ih/10,scale=4:2', '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'];
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-ss', `${seconds}`, '-i', file, ...scale], {
    encoding: 'buffer',
    timeout: 30_000,
  });
  return [0, 3].map((column) => {
    const [r = 0, g = 0, b = 0] = stdout.subarray(column * 3);
    if (g > 110) return 'other';
    return r > 140 && b < 110 ? 'red' : b > 140 && r < 110 ? 'blue' : 'other';
  });
}

/** Nothing in it is broken. */
async function expectDecodable(file: string): Promise<void> {
  const { stderr } = await run('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-f', 'null', '-'], {
    timeout: 60_000,
  });
  expect(stderr).toBe('');
}
