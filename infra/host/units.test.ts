import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, 'systemd');
const units = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));

test('what reads /run/muon starts after it is written, and also when that took more than one attempt', () => {
  const readers = units.filter(({ text }) => /^(Exec|EnvironmentFile).*\/run\/muon\//m.test(text));
  expect(readers.map(({ name }) => name)).toEqual([
    'muon-drachtio.service',
    'muon-node@.service',
    'muon-rtmp-gateway.service',
    'muon-sip-gateway.service',
    'muon-tls.service',
    'muon-turn.service',
  ]);
  for (const { text } of readers) {
    expect(text).toMatch(/^After=muon-host.service\b/m);
    // systemd would never start what requires a unit that has failed once, even if it is to be started again.
    expect(text).toContain('Wants=muon-host.service\n');
    expect(text).not.toContain('Requires=');
    expect(text).toContain('Restart=always\n');
    expect(text).toContain('StartLimitIntervalSec=0\n');
  }
});

test('coturn, which runs without its file too, waits for it', () => {
  const { text } = units.find(({ name }) => name === 'muon-turn.service')!;
  expect(text).toContain('ExecStartPre=/usr/bin/test -r /run/muon/turnserver.conf\n');
});

test('logs are shipped as often as the timer says', () => {
  const { text } = units.find(({ name }) => name === 'muon-logs.timer')!;
  expect(text).toContain('AccuracySec=1s\n');
});

test('recordings go where systemd lets their gateway write, and keeps what it wrote', () => {
  const { text } = units.find(({ name }) => name === 'muon-rtmp-gateway.service')!;
  const [, state] = /^StateDirectory=(.+)$/m.exec(text) ?? [];
  expect(text).toContain(`Environment=MUON_RECORDINGS_DIR=/var/lib/${state}\n`);
});

test('the SIP gateway starts after drachtio-server', () => {
  const { text } = units.find(({ name }) => name === 'muon-sip-gateway.service')!;
  expect(text).toContain('After=muon-host.service muon-drachtio.service\n');
});
