import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import type { Namespace } from './namespace.ts';

const CHROMIUM = '/usr/bin/chromium';

/** A real, headless Chromium with a fake camera and microphone; loopback only. */
export function launchChromium(...extraArgs: string[]): Promise<Browser> {
  return launch(CHROMIUM, extraArgs);
}

/** The same in a network namespace; pages of this origin count as secure. */
export async function launchChromiumIn({ name }: Namespace, origin: string): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'muon-chromium-'));
  const program = join(folder, 'chromium');
  writeFileSync(program, `#!/bin/sh\nexec ip netns exec ${name} ${CHROMIUM} "$@"\n`, { mode: 0o755 });
  try {
    return await launch(program, [`--unsafely-treat-insecure-origin-as-secure=${origin}`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function launch(executablePath: string, extraArgs: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // Playwright's own headless mode is a different browser; the real one has a flag.
    headless: false,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      '--allow-loopback-in-peer-connection',
      '--autoplay-policy=no-user-gesture-required',
      ...extraArgs,
    ],
  });
}
