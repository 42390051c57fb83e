import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** The value below which `share` (0 to 1) of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/**
 * Shows a benchmark's figures: a table for people, a file in bench/results with date and machine, and the figures as
 * one line of JSON at the very end of standard output.
 */
export function report(name: string, figures: Readonly<Record<string, number | string>>, samples: object): void {
  const at = new Date().toISOString();
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    arch: arch(),
  };
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const result = { name, at, machine, node: process.version, figures, samples };
  writeFileSync(join(folder, `${name}-${at.slice(0, 10)}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
  process.stdout.write(`\n${name}, ${at}, ${machine.cores} x ${machine.cpu}\n`);
  for (const [figure, value] of Object.entries(figures)) process.stdout.write(`  ${figure.padEnd(24)}${value}\n`);
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
