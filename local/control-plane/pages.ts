import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toOpenApi } from '@muon/functions/openapi/document.ts';
import { toProblemPage } from '../reference/problem-page.ts';
import { toReferencePage } from '../reference/reference.ts';
import type { Page } from './front.ts';

const openApiFile = join(import.meta.dirname, '../../openapi.yaml');

/** The API's description, its reference, and a page for each problem. */
export function toPages(): (pathname: string) => Promise<Page | undefined> {
  const reference = toReferencePage(toOpenApi());
  return async (pathname) => {
    if (pathname === '/openapi.yaml')
      return { contentType: 'application/yaml', text: await readFile(openApiFile, 'utf8') };
    if (pathname === '/reference') return { contentType: 'text/html', text: reference };
    const [, code] = /^\/problems\/([a-z-]+)$/.exec(pathname) ?? [];
    const text = code === undefined ? undefined : await toProblemPage(code);
    return text === undefined ? undefined : { contentType: 'text/html', text };
  };
}
