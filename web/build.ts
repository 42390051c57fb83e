import { build as bundle } from 'esbuild';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = import.meta.dirname;

/** Where the console lies when it is built. */
export const dist = join(folder, 'dist');

/** Bundles the console into `dist`: index.html, and under assets/ what never changes under its name. */
export async function build({ minify = true } = {}): Promise<void> {
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  const { metafile } = await bundle({
    absWorkingDir: folder,
    entryPoints: ['main.tsx', 'styles/console.css'],
    outdir: join(dist, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify,
    metafile: true,
    logLevel: 'warning',
  });
  const outputs = Object.entries(metafile.outputs);
  const urlOf = (source: string): string => {
    const output = outputs.find(([, { entryPoint }]) => entryPoint === source);
    if (!output) throw new Error(`esbuild made nothing of ${source}`);
    return `/${relative(dist, join(folder, output[0]))}`;
  };
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  const page = {
    js: urlOf('main.tsx'),
    css: urlOf('styles/console.css'),
    icon: encodeURIComponent(await readFile(join(folder, 'icon.svg'), 'utf8')),
  };
  const filled = html.replaceAll(/\{\{(\w+)\}\}/g, (_, name: keyof typeof page) => page[name]);
  await writeFile(join(dist, 'index.html'), filled);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await build();
