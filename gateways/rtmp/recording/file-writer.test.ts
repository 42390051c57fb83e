import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { DiskFailure } from './disk-failure.ts';
import { FileWriter, type WritableFile } from './file-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'muon-writer-'));
afterAll(() => rmSync(folder, { recursive: true }));

function refusing(code: string): WritableFile {
  const refuse = () => Promise.reject(Object.assign(new Error(code), { code }));
  return { writeFile: refuse, datasync: refuse, close: () => Promise.resolve() };
}

test('pieces come after one another', async () => {
  const failures: DiskFailure[] = [];
  const writer = new FileWriter(join(folder, 'deep/a'), (failure) => failures.push(failure));
  for (let byte = 0; byte < 200; byte += 1) writer.write(Uint8Array.of(byte, byte));
  await writer.close();
  expect([...readFileSync(join(folder, 'deep/a'))]).toEqual(Array.from({ length: 400 }, (_, i) => i >> 1));
  expect(failures).toEqual([]);
});

test('a disk that is full fails it once, with a reason', async () => {
  const failures: DiskFailure[] = [];
  const writer = new FileWriter(
    'any',
    (failure) => failures.push(failure),
    () => open('/dev/full', 'w'),
  );
  for (let count = 0; count < 5; count += 1) writer.write(new Uint8Array(100_000));
  await writer.close();
  expect(failures).toMatchObject([{ code: 'ENOSPC', message: 'The disk of the recordings is full (ENOSPC).' }]);
});

test('a folder that is none, and one that may not be written to', async () => {
  writeFileSync(join(folder, 'file'), '');
  const failures: DiskFailure[] = [];
  const note = (failure: DiskFailure) => void failures.push(failure);
  await new FileWriter(join(folder, 'file/in/it'), note).close();
  const refused = new FileWriter('any', note, () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })));
  refused.write(Uint8Array.of(1));
  await refused.close();
  const sentence = 'The folder of the recordings cannot be written to';
  expect(failures.map(({ message }) => message)).toEqual([`${sentence} (ENOTDIR).`, `${sentence} (EACCES).`]);
});

test('a disk that fails later, or in the end, fails it too', async () => {
  const failures: string[] = [];
  const writer = new FileWriter(
    'any',
    ({ code }) => void failures.push(code),
    () => Promise.resolve(refusing('EIO')),
  );
  await writer.close();
  expect(failures).toEqual(['EIO']);
});

test('what waits for a disk that hangs is bounded', async () => {
  const failures: DiskFailure[] = [];
  const never = new Promise<void>(() => undefined);
  const hanging = { ...refusing('EIO'), writeFile: () => never };
  const writer = new FileWriter(
    'any',
    (failure) => failures.push(failure),
    () => Promise.resolve(hanging),
  );
  for (let megabytes = 0; megabytes < 40; megabytes += 1) writer.write(new Uint8Array(1024 * 1024));
  await Promise.resolve();
  expect(failures).toMatchObject([{ code: 'slow', message: 'The disk of the recordings is too slow.' }]);
});
