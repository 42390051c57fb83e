// `node infra/host/pack.ts FOLDER [DRACHTIO]`: makes what hosts run, as FOLDER/<sha256>.tar.gz, and prints its SHA-256;
// with the drachtio-server that build-drachtio.sh made, hosts for telephones speak SIP by it. Run it on a machine of the
// hosts' kind (Linux, x86-64): packages bring what is compiled for the machine that they are installed on.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, glob, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const root = join(import.meta.dirname, '../..');

/** What runs on hosts, and what that imports. */
const FOLDERS = ['contract', 'wire', 'service', 'media-node', 'gateways', 'infra/host'];

const WORKSPACES = ['@muon/media-node', '@muon/sip-gateway', '@muon/rtmp-gateway'];

const [target, drachtio] = process.argv.slice(2);
if (target === undefined) throw new Error('Say where to: node infra/host/pack.ts FOLDER');
const folder = await mkdtemp(join(tmpdir(), 'muon-release-'));
try {
  await copySources();
  installPackages();
  if (drachtio !== undefined) await cp(drachtio, join(folder, 'bin/drachtio'));
  process.stdout.write(`${await archive(target)}\n`);
} finally {
  await rm(folder, { recursive: true });
}

async function copySources(): Promise<void> {
  for await (const file of glob(['package.json', 'package-lock.json', '{*,gateways/*}/package.json'], { cwd: root })) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(root, file), join(folder, file));
  }
  for (const each of FOLDERS)
    await cp(join(root, each), join(folder, each), {
      recursive: true,
      filter: (source) => !/\.(test|fixture)\.tsx?$|\/node_modules$/.test(source),
    });
}

/** Exactly what the lock file says, and nothing that only tests need. */
function installPackages(): void {
  const workspaces = WORKSPACES.flatMap((name) => ['--workspace', name]);
  const options = ['--omit=dev', '--include-workspace-root', '--no-audit', '--no-fund', '--loglevel=error'];
  const env = { ...process.env, SKIP_FFMPEG: 'true' };
  execFileSync('npm', ['ci', ...options, ...workspaces], { cwd: folder, env, stdio: ['ignore', 2, 2] });
}

/** The same files make the same archive, whoever packs them and when. */
async function archive(into: string): Promise<string> {
  await mkdir(into, { recursive: true });
  const file = join(into, `.${process.pid}.tar.gz`);
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=u+rwX,go=rX'];
  execFileSync('tar', [...same, '--use-compress-program=gzip -n', '-cf', file, '-C', folder, '.']);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const digest = hash.digest('hex');
  await rename(file, join(into, `${digest}.tar.gz`));
  return digest;
}
