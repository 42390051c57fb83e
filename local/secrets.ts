import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toId } from '@muon/contract/id.ts';
import * as z from 'zod';

const secretsSchema = z.object({
  /** API key that the first start made. */
  apiKey: z.string(),
  /** What this machine's processes sign their requests to each other with. */
  internalSecret: z.string(),
  /** Ed25519 private key (JWK as JSON) that signs join and access tokens. */
  signingKey: z.string(),
});

export type Secrets = z.infer<typeof secretsSchema>;

/** The secrets of this machine: made at the first start, kept in a file that its owner alone can read. */
export function keepSecrets(dataDir: string, apiKey: string | undefined): { secrets: Secrets; firstStart: boolean } {
  const file = join(dataDir, 'secrets.json');
  const kept = existsSync(file) ? secretsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
  const secrets = { ...(kept ?? makeSecrets()), ...(apiKey === undefined ? {} : { apiKey }) };
  if (JSON.stringify(secrets) !== JSON.stringify(kept)) write(dataDir, file, secrets);
  return { secrets, firstStart: !kept };
}

function makeSecrets(): Secrets {
  const { privateKey } = generateKeyPairSync('ed25519');
  const signingKey = { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(8).toString('hex') };
  return {
    apiKey: `mk_${toId('key', randomBytes(16)).slice(3)}_${randomBytes(32).toString('base64url')}`,
    internalSecret: randomBytes(32).toString('base64url'),
    signingKey: JSON.stringify(signingKey),
  };
}

/** Whole or not at all: a crash must not leave half a file behind. */
function write(dataDir: string, file: string, secrets: Secrets): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}
