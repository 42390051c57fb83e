import { controlPlaneSettings } from '@muon/local/control-plane/settings.ts';
import { localSettings } from '@muon/local/settings.ts';
import { nodeSettings } from '@muon/media-node/settings.ts';
import { rtmpGatewaySettings } from '@muon/rtmp-gateway/settings.ts';
import { serviceSettings } from '@muon/service/settings.ts';
import { sipSettings } from '@muon/sip-gateway/settings.ts';
import { expect, test } from 'vitest';
import type * as z from 'zod';

/** Each part's own settings; what an earlier part has is not told again. */
const parts: readonly (readonly [string, z.ZodObject])[] = [
  ['`npm start`', localSettings],
  ['Every node and gateway', serviceSettings],
  ['Control plane', controlPlaneSettings],
  ['Media node', nodeSettings],
  ['SIP gateway', sipSettings],
  ['RTMP and HLS gateway', rtmpGatewaySettings],
];

test('docs/settings.md lists every setting as the processes read it', async () => {
  await expect(writePage()).toMatchFileSnapshot('../../docs/settings.md');
});

function writePage(): string {
  const told = new Set<string>();
  const sections = parts.map(([part, schema]) => {
    const rows = Object.entries(schema.shape).flatMap(([name, setting]) => {
      if (told.has(name)) return [];
      told.add(name);
      return [toRow(name, setting as z.ZodType)];
    });
    return `## ${part}\n\n| variable | default | |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  const head =
    'All settings are environment variables, read once when a process starts. One that is missing or bad stops the start with\na sentence. Ports are those at `MUON_PORT_OFFSET=0`.\n';
  return `# Settings\n\n${head}\n${sections.join('\n')}`;
}

function toRow(name: string, setting: z.ZodType): string {
  const description = setting.meta()?.description;
  expect(description, `${name} says what it is for`).toBeTruthy();
  const given = setting.safeParse(undefined);
  const value = !given.success ? 'required' : ['', undefined].includes(given.data as string) ? '' : show(given.data);
  return `| \`${name}\` | ${value} | ${description} |`;
}

function show(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
