// Writes openapi.yaml; with --check, ends with 1 when the file is not what would be written; with --release, also writes
// openapi.released.yaml, which what comes later is not to break.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { toOpenApi } from './document.ts';

const file = join(import.meta.dirname, '../../openapi.yaml');
const releasedFile = join(import.meta.dirname, '../../openapi.released.yaml');
const head = '# Generated from contract/routes.ts by `npm run openapi`; changes made here are lost.\n';
const text = head + stringify(toOpenApi(), { aliasDuplicateObjects: false, lineWidth: 120 });

if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write('openapi.yaml is not what the contract says: run `npm run openapi`.\n');
  process.exitCode = 1;
}
if (process.argv.includes('--release')) writeFileSync(releasedFile, text);
