import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { problems } from '@muon/contract/problem.ts';
import { html } from './html.ts';
import { fromMarkdown } from './markdown.ts';
import { toPage } from './page.ts';

const folder = join(import.meta.dirname, '../../docs/problems');

/** The page that a problem's `type` leads to; undefined when there is no such problem. */
export async function toProblemPage(code: string): Promise<string | undefined> {
  if (!Object.hasOwn(problems, code)) return undefined;
  const text = await readFile(join(folder, `${code}.md`), 'utf8');
  return toPage(`${code} · Muon`, html`<main class="alone">${fromMarkdown(text)}</main>`);
}
