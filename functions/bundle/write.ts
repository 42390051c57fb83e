// `node functions/bundle/write.ts FOLDER`: every function as AWS Lambda takes it, FOLDER/api/index.mjs and so on.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleFunction, functionNames } from './bundle.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Say where to: node functions/bundle/write.ts FOLDER');
await Promise.all(
  functionNames.map(async (name) => {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'index.mjs'), await bundleFunction(name));
  }),
);
