import { MediaPort } from '@muon/media-node/io/media-port.ts';
import { Metrics as NodeMetrics } from '@muon/media-node/metrics.ts';
import { Rooms } from '@muon/media-node/rooms.ts';
import { Metrics as RtmpMetrics } from '@muon/rtmp-gateway/metrics.ts';
import { emptyTally } from '@muon/sip-gateway/media/tally.ts';
import { Metrics as SipMetrics } from '@muon/sip-gateway/metrics.ts';
import { expect, test } from 'vitest';
import { concerns } from './metrics.fixture.ts';

/** A metric as a service shows it. */
interface Metric {
  readonly name: string;
  readonly help: string;
}

test('docs/metrics.md lists every metric of every service, and when to worry', async () => {
  const page = writePage([
    ['Media node', 'port 7000', await nodeMetrics()],
    ['SIP gateway', 'port 7060', await sipMetrics()],
    ['RTMP and HLS gateway', 'port 8088', readMetrics(await new RtmpMetrics().text())],
  ]);
  await expect(page).toMatchFileSnapshot('../../docs/metrics.md');
});

test('nothing is said of metrics that are not there', async () => {
  const all = [...(await nodeMetrics()), ...(await sipMetrics()), ...readMetrics(await new RtmpMetrics().text())];
  expect(Object.keys(concerns).toSorted()).toEqual(all.map(({ name }) => name).toSorted());
});

async function nodeMetrics(): Promise<Metric[]> {
  const mediaPort = await MediaPort.open({ host: '127.0.0.1', port: 0 });
  const { registry } = new NodeMetrics(new Rooms(), mediaPort);
  const metrics = readMetrics(await registry.metrics());
  await mediaPort.close();
  return metrics;
}

async function sipMetrics(): Promise<Metric[]> {
  const options = { tally: emptyTally(), calls: () => 0, signalingCounters: () => ({}) };
  return readMetrics(await new SipMetrics(options).registry.metrics());
}

/** Without those that every Node process has. */
function readMetrics(text: string): Metric[] {
  const all = [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => ({ name, help }));
  return all.filter(({ name }) => !/^(?:process|nodejs)_/.test(name));
}

function writePage(services: readonly (readonly [string, string, readonly Metric[]])[]): string {
  const sections = services.map(([service, port, metrics]) => {
    const rows = metrics.map(({ name, help }) => {
      const concern = concerns[name];
      expect(concern, `${name} says when to worry`).toBeTruthy();
      return `| \`${name}\` | ${help} | ${concern} |`;
    });
    return `## ${service} (${port})\n\n| metric | meaning | when to worry |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  const head =
    'Each service shows its metrics at `/metrics`, in the text format of Prometheus, on the port given here plus\n' +
    '`MUON_PORT_OFFSET`. `process_*` and `nodejs_*` are those of every Node process (CPU, memory, event loop); an event loop\n' +
    'that lags by more than 50 ms delays media. Totals begin at 0 when a process starts: look at their rates.\n';
  return `# Metrics\n\n${head}\n${sections.join('\n')}`;
}
