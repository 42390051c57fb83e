import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { RecordingReport } from '@muon/contract/internal.ts';
import { openLog } from '@muon/service/log.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { S3Client } from '@aws-sdk/client-s3';
import { FakeBucket } from './bucket.fixture.ts';
import { RecordingsBucket } from './bucket.ts';
import { picture, tracks } from '../hls/program.fixture.ts';
import type { ProgramRecording } from './program-recording.ts';
import { Recordings } from './recordings.ts';

let folder: string;
let failures: string[];
let uploadFailures = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muon-recordings-'));
  failures = [];
  uploadFailures = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (into = folder, bucket?: RecordingsBucket) =>
  Recordings.open({
    folder: into,
    bucket,
    gatewayId: 'gw_1',
    hlsUrl: 'http://example.com/hls',
    metrics: {
      recorded: () => undefined,
      recordingFailed: (code) => void failures.push(code),
      uploadFailed: () => void (uploadFailures += 1),
    },
    log: openLog('test', 'silent'),
    onChanged: () => undefined,
  });

function feed(recording: ProgramRecording, pictures: number): void {
  for (let number = 0; number < pictures; number += 1) recording.video(picture(number));
}

/** One file of a life in which nobody hears of it. */
async function recordOne(): Promise<void> {
  const recordings = await open();
  const recording = recordings.begin('eg_1');
  recording.open(tracks);
  feed(recording, 20);
  recording.end();
  await recordings.close();
}

/** What is told until all is, heartbeat by heartbeat. */
async function toldBy(recordings: Recordings, final = 1): Promise<RecordingReport['recording'][]> {
  const told: RecordingReport[] = [];
  await until('all is told', () => {
    told.push(...recordings.tell());
    recordings.told();
    return told.filter(({ recording }) => recording.status !== 'recording').length >= final;
  });
  await recordings.close();
  return told.map(({ recording }) => recording);
}

const sizeOf = (name: string | undefined): number =>
  name === undefined ? 0 : statSync(join(folder, 'unfinished/gw_1', name)).size;
const unfinished = () => readdirSync(join(folder, 'unfinished/gw_1'));

test('a program becomes one file, told of when it begins and when it is whole', async () => {
  const recordings = await open();
  const recording = recordings.begin('eg_1');
  expect(recordings.tell()).toEqual([]);
  recording.open(tracks);
  feed(recording, 45);
  recording.open(tracks);
  for (let number = 60; number < 90; number += 1) recording.video(picture(number));
  const [begun] = recordings.tell();
  expect(begun).toMatchObject({ egress: 'eg_1', recording: { status: 'recording' } });
  recordings.told();
  expect(recordings.unfinished).toEqual([begun!.recording.id]);
  expect(recordings.tell()).toEqual([]);
  recording.end();
  const [ready] = await toldBy(recordings);
  const file = join(folder, 'eg_1', `${begun!.recording.id}.mp4`);
  expect(ready).toMatchObject({
    id: begun!.recording.id,
    status: 'ready',
    startedAt: begun!.recording.startedAt,
    durationSeconds: 6,
    sizeBytes: readFileSync(file).length,
    location: `file://${file}`,
  });
  expect(ready!.url).toMatch(`http://example.com/hls/eg_1/${ready!.id}.mp4?token=`);
  expect(unfinished()).toEqual([]);
  expect([recordings.tell(), recordings.unfinished]).toEqual([[], []]);
});

test('its token admits to it, and to nothing else, also after a start', async () => {
  const recordings = await open();
  for (const egress of ['eg_1', 'eg_2']) {
    const recording = recordings.begin(egress);
    recording.open(tracks);
    feed(recording, 20);
    recording.end();
  }
  const ready = (await toldBy(recordings, 2)).filter(({ status }) => status === 'ready');
  const again = await open();
  const find = ({ url = '' }: { url?: string | undefined }, token = new URL(url).searchParams.get('token')!) => {
    const [egressId = '', file = ''] = new URL(url).pathname.split('/').slice(2);
    return again.find({ egressId, recordingId: file.replace('.mp4', ''), token });
  };
  for (const { url, location } of ready)
    expect(await find({ url })).toEqual({ path: location!.slice('file://'.length) });
  const [first, second] = ready;
  expect(await find(first!, new URL(second!.url!).searchParams.get('token')!)).toBe('forbidden');
  expect(await find(first!, '')).toBe('forbidden');
  rmSync(join(folder, 'eg_1'), { recursive: true });
  rmSync(join(folder, 'eg_2'), { recursive: true });
  expect(await find(first!)).toBeUndefined();
});

test('is deleted when it is asked for, told until that was heard, and not before it is finished', async () => {
  const recordings = await open();
  const recording = recordings.begin('eg_1');
  recording.open(tracks);
  feed(recording, 20);
  const [begun] = recordings.tell();
  const name = { egress: 'eg_1', recording: begun!.recording.id };
  await recordings.delete([name]);
  expect(recordings.deleted).toEqual([]);
  recording.end();
  const ready = (await toldBy(recordings)).at(-1)!;
  const token = new URL(ready.url!).searchParams.get('token')!;
  const find = () => recordings.find({ egressId: 'eg_1', recordingId: ready.id, token });
  expect(await find()).toHaveProperty('path');
  const missing = { egress: 'eg_2', recording: 'rc_missing' };
  await Promise.all([recordings.delete([name, missing]), recordings.delete([name, missing])]);
  expect(recordings.deleted).toEqual([name, missing]);
  expect(await find()).toBeUndefined();
  expect(readdirSync(folder).toSorted()).toEqual(['key', 'unfinished']);
  await recordings.delete([missing]);
  expect(recordings.deleted).toEqual([missing]);
  await recordings.delete([]);
  expect(recordings.deleted).toEqual([]);
});

test('one that cannot be deleted is deleted when it is asked for again, and keeps no other', async () => {
  const recordings = await open();
  const [stuck, other] = ['rc_stuck', 'rc_other'].map((recording) => ({ egress: 'eg_1', recording }));
  mkdirSync(join(folder, 'eg_1/rc_stuck.mp4'), { recursive: true });
  writeFileSync(join(folder, 'eg_1/rc_other.mp4'), 'x');
  await recordings.delete([stuck!, other!]);
  expect(recordings.deleted).toEqual([other]);
  rmSync(join(folder, 'eg_1'), { recursive: true });
  await recordings.delete([stuck!]);
  expect(recordings.deleted).toEqual([stuck]);
});

test('another picture is another file', async () => {
  const recordings = await open();
  const recording = recordings.begin('eg_1');
  recording.open(tracks);
  feed(recording, 20);
  recording.open({ ...tracks, video: { ...tracks.video, avcConfig: Uint8Array.of(1, 2, 3) } });
  feed(recording, 20);
  recording.end();
  const told = await toldBy(recordings, 2);
  expect(new Set(told.map(({ id }) => id)).size).toBe(2);
  expect(readdirSync(join(folder, 'eg_1'))).toHaveLength(2);
});

test('what a gateway that was killed left is finished by its next life, cut after the last whole second', async () => {
  const killed = await open();
  const recording = killed.begin('eg_1');
  recording.open(tracks);
  feed(recording, 50);
  const [name] = await until('three seconds are on the disk', () => {
    const files = unfinished();
    return sizeOf(files[0]) > 1500 ? files : undefined;
  });
  const path = join(folder, 'unfinished/gw_1', name!);
  const whole = readFileSync(path).length;
  truncateSync(path, whole - 3);
  writeFileSync(join(folder, 'unfinished/gw_1/eg_2.rc_empty.mp4'), '');
  writeFileSync(join(folder, 'unfinished/gw_1/eg_3.rc_bad.json'), '{');
  writeFileSync(join(folder, 'unfinished/gw_1/eg_4.rc_text.mp4'), 'this is no recording at all');
  const next = await open();
  expect(next.unfinished.toSorted()).toEqual(['rc_empty', 'rc_text', name!.split('.')[1]!].toSorted());
  const told = await toldBy(next, 3);
  expect(next.unfinished).toEqual([]);
  expect(told.find(({ status }) => status === 'ready')).toMatchObject({ durationSeconds: 2 });
  const failed = told.filter(({ status }) => status === 'failed').map(({ id, reason }) => `${id}: ${reason}`);
  expect(failed.toSorted()).toEqual([
    'rc_empty: It ended before its first second.',
    'rc_text: It ended before its first second.',
  ]);
  expect(unfinished()).toEqual([]);
  recording.end();
  await killed.close();
});

test('what the control plane did not hear is told by the next life', async () => {
  await recordOne();
  const [ready] = await toldBy(await open());
  expect(ready).toMatchObject({ status: 'ready' });
  expect(unfinished()).toEqual([]);
});

test('a file that cannot be brought to its place now is none that somebody should wait for', async () => {
  await recordOne();
  const [path] = readdirSync(join(folder, 'eg_1')).map((name) => join(folder, 'eg_1', name));
  const id = basename(path!, '.mp4');
  renameSync(path!, join(folder, 'unfinished/gw_1', `eg_1.${id}.mp4`));
  rmSync(join(folder, 'eg_1'), { recursive: true });
  writeFileSync(join(folder, 'eg_1'), '');
  const next = await open();
  expect(next.unfinished).toEqual([id]);
  await next.close();
  expect(next.unfinished).toEqual([]);
  rmSync(join(folder, 'eg_1'));
  expect(await toldBy(await open())).toMatchObject([{ id, status: 'ready' }]);
});

test('a folder that cannot be used fails the recording alone', async () => {
  writeFileSync(join(folder, 'file'), '');
  const recordings = await open(join(folder, 'file'));
  const recording = recordings.begin('eg_1');
  const reasons: string[] = [];
  recording.on('failed', (reason) => reasons.push(reason));
  recording.open(tracks);
  feed(recording, 20);
  const reason = 'The folder of the recordings cannot be written to (ENOTDIR).';
  const told = await toldBy(recordings);
  expect(told.at(-1)).toMatchObject({ status: 'failed', reason });
  expect([reasons, failures]).toEqual([[reason], ['ENOTDIR']]);
  feed(recording, 20);
  recording.open(tracks);
  recording.end();
  expect(recordings.tell()).toEqual([]);
  expect(existsSync(join(folder, 'eg_1'))).toBe(false);
});

test('a file that was taken away while it was written is told as failed', async () => {
  const recordings = await open();
  const recording = recordings.begin('eg_1');
  recording.open(tracks);
  feed(recording, 20);
  await until('it is there', () => unfinished().length > 0);
  rmSync(join(folder, 'unfinished'), { recursive: true });
  recording.end();
  expect((await toldBy(recordings)).at(-1)).toMatchObject({
    status: 'failed',
    reason: 'The recording could not be written (ENOENT).',
  });
  expect(failures).toEqual(['ENOENT']);
});

describe('with a bucket', () => {
  let s3: FakeBucket;
  let bucket: RecordingsBucket;
  beforeEach(async () => {
    s3 = await FakeBucket.open();
    const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
    const client = new S3Client({ region: 'r', endpoint: s3.url, forcePathStyle: true, credentials, maxAttempts: 1 });
    bucket = new RecordingsBucket('films', client);
  });
  afterEach(() => s3.close());

  async function recordInto(recordings: Recordings, pictureBytes = 1): Promise<void> {
    const recording = recordings.begin('eg_1');
    recording.open(tracks);
    for (let number = 0; number < 20; number += 1) {
      recording.video({ ...picture(number), data: new Uint8Array(pictureBytes).fill(number) });
      // No more than a slow disk may be behind.
      if (number === 10 && pictureBytes > 1)
        await until('half of it is written', () => sizeOf(unfinished()[0]) >= 8 * pictureBytes);
    }
    recording.end();
  }

  test.each([
    ['at once', 1, 1],
    ['in parts when it is large', 1024 * 1024, 2],
  ])('a file is moved there %s', async (_, pictureBytes, parts) => {
    const recordings = await open(folder, bucket);
    await recordInto(recordings, pictureBytes);
    const ready = (await toldBy(recordings)).at(-1)!;
    expect(ready).toMatchObject({ status: 'ready', location: `s3://films/eg_1/${ready.id}.mp4` });
    expect(ready).not.toHaveProperty('url');
    const [[key, bytes] = [], ...others] = s3.objects;
    expect([key, bytes?.length, s3.parts, others]).toEqual([`films/eg_1/${ready.id}.mp4`, ready.sizeBytes, parts, []]);
    expect(bytes!.toString('latin1', 4, 8)).toBe('ftyp');
    expect(unfinished()).toEqual([]);
    expect(existsSync(join(folder, 'eg_1'))).toBe(false);
  });

  test('one that does not take it is tried again, and nobody is told before it does', async () => {
    s3.failing = true;
    const recordings = await open(folder, bucket);
    await recordInto(recordings);
    await until('it was refused', () => uploadFailures === 1);
    expect(recordings.tell().filter(({ recording }) => recording.status !== 'recording')).toEqual([]);
    s3.failing = false;
    expect((await toldBy(recordings)).at(-1)).toMatchObject({ status: 'ready' });
    expect(s3.objects.size).toBe(1);
  });

  test('a file is deleted there, when it is there to ask', async () => {
    const recordings = await open(folder, bucket);
    await recordInto(recordings);
    const { id } = (await toldBy(recordings)).at(-1)!;
    s3.failing = true;
    const name = { egress: 'eg_1', recording: id };
    await recordings.delete([name]);
    expect([recordings.deleted, s3.objects.size]).toEqual([[], 1]);
    s3.failing = false;
    await recordings.delete([name]);
    expect([recordings.deleted, s3.objects.size]).toEqual([[name], 0]);
  });

  test('what a gateway could not upload in its life, the next one does', async () => {
    s3.failing = true;
    await recordInto(await open(folder, bucket));
    await until('it was refused', () => uploadFailures === 1);
    // The life before would go on trying: it has another bucket in mind now.
    const again = await FakeBucket.open();
    const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
    const client = new S3Client({ region: 'r', endpoint: again.url, forcePathStyle: true, credentials });
    const [ready] = await toldBy(await open(folder, new RecordingsBucket('films', client)));
    expect(ready).toMatchObject({ status: 'ready', durationSeconds: expect.closeTo(1.333, 2) as number });
    expect([...again.objects.keys()]).toEqual([`films/eg_1/${ready!.id}.mp4`]);
    again.close();
    expect(unfinished()).toEqual([]);
  });
});
