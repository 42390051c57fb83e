import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** The value below which `share` (0 to 1) of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** What is told of one thing that was measured. */
type Figures = Readonly<Record<string, number | string>>;

/**
 * Shows a benchmark's figures, of one thing or of several beside each other: a table for people, a file in bench/results with
 * date and machine, and the figures as one line of JSON at the very end of standard output.
 */
export function report(name: string, figures: Figures | readonly Figures[], samples: object): void {
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
  process.stdout.write(`\n${name}, ${at}, ${machine.cores} x ${machine.cpu}\n${toTable(figures)}\n`);
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

/** A line for each figure; of several things, a line for each thing. */
export function toTable(figures: Figures | readonly Figures[]): string {
  if (!isList(figures)) {
    return Object.entries(figures)
      .map(([figure, value]) => `  ${figure.padEnd(24)}${value}`)
      .join('\n');
  }
  const names = Object.keys(figures[0] ?? {});
  const lines = [names, ...figures.map((row) => names.map((name) => String(row[name])))];
  const widths = names.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  return lines.map((line) => `  ${line.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')}`.trimEnd()).join('\n');
}

function isList(figures: Figures | readonly Figures[]): figures is readonly Figures[] {
  return Array.isArray(figures);
}
