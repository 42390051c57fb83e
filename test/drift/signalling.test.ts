import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signalErrors } from '@muon/contract/signal-error.ts';
import { signalNotices } from '@muon/contract/signal-notice.ts';
import { MAX_MESSAGE_BYTES } from '@muon/contract/message.ts';
import { MAX_SIGNAL_BYTES, RESUME_WINDOW_MS, signalCloseCodes, signalParams } from '@muon/contract/signal.ts';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';

const page = await readFile(join(import.meta.dirname, '../../docs/signalling.md'), 'utf8');

/** The rows of the table under a heading, each as its cells. */
function rows(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))!;
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const named = (heading: string): string[] => rows(heading).map(([first]) => first!.replaceAll('`', ''));

/** The names of an object's properties; none for what is no object. */
function keysOf(schema: z.ZodType): string[] {
  return 'shape' in schema ? Object.keys(schema.shape as object) : [];
}

describe('docs/signalling.md', () => {
  test('names every method, and its params', () => {
    expect(named('Methods').toSorted()).toEqual(Object.keys(signalParams).toSorted());
    for (const [name, params] of rows('Methods')) {
      const told = [...params!.matchAll(/`(\w+)\??`/g)].map(([, key]) => key!);
      const schema: z.ZodType = signalParams[name!.replaceAll('`', '') as keyof typeof signalParams];
      expect(told.toSorted(), `params of ${name}`).toEqual(
        keysOf(schema)
          .filter((key) => key !== 'uid')
          .toSorted(),
      );
    }
  });

  test('names every notice, and those of ion-sfu', () => {
    expect(named('Notices').toSorted()).toEqual([...Object.keys(signalNotices), 'offer', 'trickle'].toSorted());
    for (const [name, params] of rows('Notices')) {
      const schema = signalNotices[name!.replaceAll('`', '') as keyof typeof signalNotices] as z.ZodType | undefined;
      for (const key of schema ? keysOf(schema) : [])
        expect(params, `params of ${name}`).toMatch(new RegExp(`\`${key}\\??\``));
    }
    const types = signalNotices.event.options.map(({ shape }) => shape.type.value);
    const [, told] = rows('Notices').find(([name]) => name === '`event`')!;
    for (const type of types) expect(told).toContain(`\`${type}\``);
  });

  test('tells every code of errors and of closes', () => {
    expect(rows('Errors')).toEqual(Object.entries(signalErrors).map(([code, meaning]) => [`\`${code}\``, meaning]));
    const closes = rows('Closes').map(([code, name]) => [name!.replaceAll('`', ''), Number(code)]);
    expect(closes.slice(0, -1)).toEqual(Object.entries(signalCloseCodes));
  });

  test('tells the limits as they are', () => {
    expect(page).toContain(`at most ${MAX_MESSAGE_BYTES.toLocaleString('en')} bytes`);
    expect(page).toContain(`text frames of at most ${MAX_SIGNAL_BYTES / 1024} KB`);
    expect(page).toContain(`stays for ${RESUME_WINDOW_MS / 1000} seconds`);
  });
});
