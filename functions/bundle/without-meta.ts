import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const CALL = '.meta({';

const STRING = String.raw`(?:'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")`;

/** A property of a route or an event that only openapi.yaml has, on lines of its own. */
const PROSE = new RegExp(
  String.raw`^ *(?:(?:summary|description|tag|operationId):\s*${STRING}(?:\s*\+\s*${STRING})*|problems: \[[^\]]*\]),?\n`,
  'gm',
);

/** Leaves out what the contract says to people: that is for openapi.yaml, and no function reads it. */
export const withoutMetaPlugin: Plugin = {
  name: 'without-meta',
  setup(build) {
    build.onLoad({ filter: /[\\/]contract[\\/][a-z-]+\.ts$/ }, async ({ path }) => ({
      contents: withoutProse(withoutMeta(await readFile(path, 'utf8'))),
      loader: 'ts',
    }));
  },
};

/** Source without its calls of `.meta({ … })`. */
export function withoutMeta(source: string): string {
  const start = source.indexOf(CALL);
  if (start === -1) return source;
  const end = endOfCall(source, start + CALL.length - 2);
  return source.slice(0, start) + withoutMeta(source.slice(end));
}

/** Source without what describes its routes and events. */
export function withoutProse(source: string): string {
  return source.replaceAll(PROSE, '');
}

/** Where a call ends whose opening parenthesis is at `open`; what is quoted has no parentheses. */
function endOfCall(source: string, open: number): number {
  let depth = 0;
  let quote: string | undefined;
  for (let at = open; at < source.length; at += 1) {
    const letter = source[at]!;
    if (letter === '\\') at += 1;
    else if (quote !== undefined) quote = letter === quote ? undefined : quote;
    else if (`'"\``.includes(letter)) quote = letter;
    else if (letter === '(') depth += 1;
    else if (letter === ')' && (depth -= 1) === 0) return at + 1;
  }
  throw new SyntaxError('A call of meta has no end');
}
