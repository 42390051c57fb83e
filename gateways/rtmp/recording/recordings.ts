import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { access, mkdir, open, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { toId } from '@muon/contract/id.ts';
import { MAX_REPORTS, type RecordingName, recordingReport, type RecordingReport } from '@muon/contract/internal.ts';
import type { Log } from '@muon/service/log.ts';
import type { Metrics } from '../metrics.ts';
import type { RecordingsBucket } from './bucket.ts';
import { type DiskFailure, toDiskFailure } from './disk-failure.ts';
import { FileWriter } from './file-writer.ts';
import { ProgramRecording } from './program-recording.ts';
import { repair } from './repair.ts';

export interface RecordingsOptions {
  readonly folder: string;
  readonly gatewayId: string;
  /** Base of `/{egress}/{recording}.mp4`. */
  readonly hlsUrl: string;
  /** Where files go when they are whole; the folder keeps them when there is none. */
  readonly bucket?: Pick<RecordingsBucket, 'name' | 'locationOf' | 'upload' | 'delete'> | undefined;
  readonly metrics: Pick<Metrics, 'recorded' | 'recordingFailed' | 'uploadFailed'>;
  readonly log: Log;
  /** There is something to tell. */
  readonly onChanged: () => void;
}

export interface RecordingRequest {
  readonly egressId: string;
  readonly recordingId: string;
  readonly token: string;
}

/** Which file. */
interface FileName {
  readonly egress: string;
  readonly id: string;
}

/** Which file, and since when. */
interface Started extends FileName {
  readonly startedAt: string;
}

/** Before a bucket is tried again; the wait doubles up to the last. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

const KEY_BYTES = 32;

/** The gateway died at once, or nothing came. */
const NOTHING = 'It ended before its first second.';

/**
 * The recordings of a gateway. A file is written in `unfinished/{gateway}`, and moved to its place when it is whole. What
 * is to be told of it lies beside it until the control plane knows it, so a gateway that died tells when it is back.
 */
export class Recordings {
  readonly #options: RecordingsOptions;
  readonly #unfinishedFolder: string;
  /** By recording. */
  readonly #reports = new Map<string, RecordingReport>();
  /** What is still to be finished or told of, by recording. */
  readonly #unfinished = new Set<string>();
  /** What was deleted, and is to be told. */
  #deleted: readonly RecordingName[] = [];
  #deleting = false;
  readonly #finishing = new Set<Promise<void>>();
  /** What the heartbeat under way tells. */
  #telling: readonly RecordingReport[] = [];
  #key: Promise<Buffer> | undefined;

  /** Also takes up what an earlier life left; a folder that cannot be used fails recordings, not the gateway. */
  static async open(options: RecordingsOptions): Promise<Recordings> {
    const recordings = new Recordings(options);
    try {
      await mkdir(recordings.#unfinishedFolder, { recursive: true, mode: 0o750 });
      await recordings.#takeUp();
    } catch (error) {
      options.log.error({ err: error }, 'nothing can be recorded');
    }
    return recordings;
  }

  private constructor(options: RecordingsOptions) {
    this.#options = options;
    this.#unfinishedFolder = join(options.folder, 'unfinished', options.gatewayId);
  }

  /** Records a program from now on. */
  begin(egress: string): ProgramRecording {
    return new ProgramRecording({
      metrics: this.#options.metrics,
      open: (onFailed) => {
        const started = {
          egress,
          id: toId('recording', randomBytes(16)),
          startedAt: new Date().toISOString(),
        };
        this.#report({ egress, recording: { id: started.id, status: 'recording', startedAt: started.startedAt } });
        const writer = new FileWriter(this.#pathOf(started), (failure) => {
          this.#options.metrics.recordingFailed(failure.code);
          this.#options.log.error({ err: failure, egress, recording: started.id }, 'a recording failed');
          onFailed(failure);
        });
        return {
          write: (bytes) => writer.write(bytes),
          finish: (failure) => this.#track(writer.close().then(() => this.#finish(started, failure()))),
        };
      },
    });
  }

  /** The files that have to be finished or told of; of any other, nothing comes. */
  get unfinished(): string[] {
    return [...this.#unfinished];
  }

  /** What the control plane is to hear at the next heartbeat. */
  tell(): RecordingReport[] {
    const telling = [...this.#reports.values()].slice(0, MAX_REPORTS);
    this.#telling = telling;
    return telling;
  }

  /** It has heard it. */
  told(): void {
    for (const report of this.#telling) {
      const { id, status } = report.recording;
      if (this.#reports.get(id) !== report) continue;
      this.#reports.delete(id);
      if (status === 'recording') continue;
      this.#unfinished.delete(id);
      this.#track(rm(this.#reportPathOf({ egress: report.egress, id }), { force: true }));
    }
    this.#telling = [];
  }

  /** Files that are gone since the control plane said so; the heartbeat under way tells them. */
  get deleted(): RecordingName[] {
    return [...this.#deleted];
  }

  /**
   * Deletes files, as the control plane asks until it was told that they are gone. What cannot be deleted now, and a file that
   * is still on its way to its place, is deleted when it asks again.
   */
  async delete(names: readonly RecordingName[]): Promise<void> {
    // It has heard what was gone before, and asks for no more than this.
    this.#deleted = this.#deleted.filter((gone) => names.some((name) => isSame(name, gone)));
    if (this.#deleting) return;
    this.#deleting = true;
    for (const name of names) {
      const { egress, recording: id } = name;
      if (this.#unfinished.has(id) || this.#deleted.some((gone) => isSame(name, gone))) continue;
      try {
        await this.#deleteFile({ egress, id });
        this.#deleted = [...this.#deleted, name];
        this.#options.log.info({ egress, recording: id }, 'deleted a recording');
      } catch (error) {
        this.#options.log.error(
          { err: error, egress, recording: id },
          'a recording could not be deleted; trying again',
        );
      }
    }
    this.#deleting = false;
    if (this.#deleted.length > 0) this.#options.onChanged();
  }

  async #deleteFile(name: FileName): Promise<void> {
    const place = this.#placeOf(name);
    await rm(place, { force: true });
    // The last one of its broadcast leaves no folder.
    await rmdir(dirname(place)).catch(() => undefined);
    await this.#options.bucket?.delete(keyOf(name));
  }

  /** Where a file is that may be downloaded with this token. */
  async find({
    egressId: egress,
    recordingId: id,
    token,
  }: RecordingRequest): Promise<{ readonly path: string } | 'forbidden' | undefined> {
    const [expected, given] = [Buffer.from(await this.#tokenOf({ egress, id })), Buffer.from(token)];
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return 'forbidden';
    const path = this.#placeOf({ egress, id });
    return access(path).then(
      () => ({ path }),
      () => undefined,
    );
  }

  /** Resolves when all files are whole. */
  async close(): Promise<void> {
    await Promise.all(this.#finishing);
  }

  /** Finishes the files of an earlier life, and tells what it could not tell. */
  async #takeUp(): Promise<void> {
    const names = await readdir(this.#unfinishedFolder);
    for (const name of names) {
      const [, egress, id, kind] = /^(eg_[a-z0-9-]+)\.(rc_[a-z0-9-]+)\.(json|mp4)$/.exec(name) ?? [];
      if (egress === undefined || id === undefined) continue;
      if (kind === 'mp4') this.#track(this.#takeUpFile(egress, id));
      else if (!names.includes(`${egress}.${id}.mp4`)) await this.#takeUpReport(join(this.#unfinishedFolder, name));
    }
  }

  async #takeUpReport(path: string): Promise<void> {
    const { data } = recordingReport.safeParse(await readJson(path));
    if (data) this.#report(data);
    else await rm(path, { force: true });
  }

  /** Until it is told of, it is unfinished; what cannot be finished now, a later life may. */
  async #takeUpFile(egress: string, id: string): Promise<void> {
    this.#unfinished.add(id);
    try {
      await this.#finishFile(egress, id);
    } catch (error) {
      this.#unfinished.delete(id);
      throw error;
    }
  }

  async #finishFile(egress: string, id: string): Promise<void> {
    // It was whole, and on its way.
    const { data } = recordingReport.safeParse(await readJson(this.#reportPathOf({ egress, id })));
    if (data) return this.#deliver({ egress, id }).then(() => this.#report(data));
    const { birthtimeMs, mtimeMs } = await stats(this.#pathOf({ egress, id }));
    const startedAt = new Date(Math.min(birthtimeMs || mtimeMs, mtimeMs)).toISOString();
    await this.#finish({ egress, id, startedAt }, undefined);
  }

  /** Puts a file that nothing is added to any more in its place, with all that is to be told of it. */
  async #finish(started: Started, failure: DiskFailure | undefined): Promise<void> {
    const report = await this.#finished(started, failure).catch((error: unknown): RecordingReport => {
      const later = toDiskFailure(error);
      this.#options.log.error({ err: later, ...started }, 'a recording could not be finished');
      if (!failure) this.#options.metrics.recordingFailed(later.code);
      return failed(started, (failure ?? later).message);
    });
    this.#report(report);
    this.#options.log.info(report, 'recorded');
  }

  async #finished(started: Started, failure: DiskFailure | undefined): Promise<RecordingReport> {
    const { egress, id, startedAt } = started;
    const path = this.#pathOf(started);
    const measured = await repair(path);
    if (!measured) {
      await rm(path, { force: true });
      return failed(started, failure?.message ?? NOTHING);
    }
    const report: RecordingReport = {
      egress,
      recording: {
        id,
        status: failure ? 'failed' : 'ready',
        ...(failure ? { reason: failure.message } : {}),
        startedAt,
        ...measured,
        ...(await this.#whereabouts(started)),
      },
    };
    // A full disk may hold no report: then this life alone can tell.
    await writeFile(this.#reportPathOf(started), JSON.stringify(report)).catch(() => undefined);
    await this.#deliver(started);
    return report;
  }

  async #whereabouts({ egress, id }: FileName): Promise<Pick<RecordingReport['recording'], 'location' | 'url'>> {
    const { bucket, hlsUrl } = this.#options;
    if (bucket) return { location: bucket.locationOf(keyOf({ egress, id })) };
    const url = `${hlsUrl}/${egress}/${id}.mp4?token=${await this.#tokenOf({ egress, id })}`;
    return { location: pathToFileURL(this.#placeOf({ egress, id })).href, url };
  }

  /** Brings a whole file to its place; a bucket that does not take it is tried until it does, by a later life if need be. */
  async #deliver(name: FileName): Promise<void> {
    const { folder, bucket, metrics, log } = this.#options;
    const path = this.#pathOf(name);
    if (!bucket) {
      await mkdir(join(folder, name.egress), { recursive: true, mode: 0o750 });
      return rename(path, this.#placeOf(name));
    }
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(LAST_RETRY_MS, 2 * waitMs)) {
      try {
        await bucket.upload(path, keyOf(name));
        return await rm(path, { force: true });
      } catch (error) {
        metrics.uploadFailed();
        log.error({ err: error, ...name, waitMs }, 'a recording could not be uploaded; trying again');
        await setTimeout(waitMs);
      }
    }
  }

  #report(report: RecordingReport): void {
    this.#unfinished.add(report.recording.id);
    this.#reports.set(report.recording.id, report);
    this.#options.onChanged();
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'trouble with a recording'))
      .finally(() => this.#finishing.delete(tracked));
    this.#finishing.add(tracked);
  }

  #pathOf({ egress, id }: FileName): string {
    return join(this.#unfinishedFolder, `${egress}.${id}.mp4`);
  }

  #reportPathOf({ egress, id }: FileName): string {
    return join(this.#unfinishedFolder, `${egress}.${id}.json`);
  }

  #placeOf({ egress, id }: FileName): string {
    return join(this.#options.folder, egress, `${id}.mp4`);
  }

  #keyed(): Promise<Buffer> {
    this.#key ??= keptKey(join(this.#options.folder, 'key')).catch((error: unknown) => {
      // A folder that cannot be used now may be mended.
      this.#key = undefined;
      throw error;
    });
    return this.#key;
  }

  async #tokenOf({ egress, id }: FileName): Promise<string> {
    return createHmac('sha256', await this.#keyed())
      .update(`${egress}/${id}`)
      .digest('base64url');
  }
}

/** Of an object in a bucket. */
function keyOf({ egress, id }: FileName): string {
  return `${egress}/${id}.mp4`;
}

function isSame(a: RecordingName, b: RecordingName): boolean {
  return a.egress === b.egress && a.recording === b.recording;
}

function failed({ egress, id, startedAt }: Started, reason: string): RecordingReport {
  return { egress, recording: { id, status: 'failed', reason, startedAt } };
}

/** The key of the tokens, made once: whoever has a token keeps it when the gateway starts again. */
async function keptKey(path: string): Promise<Buffer> {
  const kept = await readFile(path).catch(() => Buffer.alloc(0));
  if (kept.length === KEY_BYTES) return kept;
  const made = `${path}.${process.pid}`;
  await writeFile(made, randomBytes(KEY_BYTES), { mode: 0o600 });
  await rename(made, path);
  return readFile(path);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

async function stats(path: string) {
  const file = await open(path);
  try {
    return await file.stat();
  } finally {
    await file.close();
  }
}
