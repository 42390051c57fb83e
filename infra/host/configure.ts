// What `muon-host.service` runs at every start of a host: finds out what the host is, and writes what its programs read.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostAws } from './aws.ts';
import { type HostFacts, RUN, toFiles } from './files.ts';
import { Metadata } from './metadata.ts';
import { type BootSettings, bootSettings } from './settings.ts';

/** How often a host looks whether it was given its address. */
const LOOK_AGAIN_MS = 2000;

const settings = bootSettings.parse(process.env);
const files = toFiles(settings, await readFacts(settings));
await mkdir(RUN, { recursive: true, mode: 0o755 });
for (const { name, text, owner } of files) {
  const file = join(RUN, name);
  await writeFile(`${file}.new`, text, { mode: owner ? 0o400 : 0o444 });
  if (owner) execFileSync('chown', [owner, `${file}.new`]);
  await rename(`${file}.new`, file);
}

async function readFacts({ MUON_ROLE, MUON_REGION, ...more }: BootSettings): Promise<HostFacts> {
  const metadata = new Metadata();
  const aws = new HostAws(MUON_REGION);
  const isMedia = MUON_ROLE === 'media';
  return {
    instanceId: await metadata.read('instance-id'),
    privateIp: await metadata.read('local-ipv4'),
    publicIp: isMedia ? await metadata.read('public-ipv4') : await staticAddress(metadata, more.MUON_STATIC_ADDRESSES),
    ...(isMedia
      ? {
          certificate: await aws.exportCertificate(more.MUON_CERTIFICATE_ARN),
          turnSecret: await aws.readSecret(more.MUON_TURN_SECRET_ARN),
        }
      : { drachtioSecret: await drachtioSecret() }),
  };
}

/** Phones are told the address that stays: until the host has it, it has none. */
async function staticAddress(metadata: Metadata, addresses: readonly string[]): Promise<string> {
  for (;;) {
    const address = await metadata.read('public-ipv4').catch(() => undefined);
    if (address !== undefined && addresses.includes(address)) return address;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** Made once at each start of the host; who runs already keeps it. None where the release has no drachtio-server. */
async function drachtioSecret(): Promise<string | undefined> {
  if (!existsSync('bin/drachtio')) return undefined;
  const kept = await readFile(join(RUN, 'drachtio.env'), 'utf8').catch(() => '');
  return /^DRACHTIO_SECRET=(.+)$/m.exec(kept)?.[1] ?? randomBytes(24).toString('base64url');
}
