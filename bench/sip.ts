// What SIP takes of a core and of memory, by each back end: many short calls without sound, from SIPp. drachtio-server is
// left out where it is not installed.
import { FakeRoom } from '@muon/test/sip/fake-room.ts';
import { GatewayProcess, type SipBackend } from '@muon/test/sip/gateway-process.ts';
import { drachtioProgram } from '@muon/test/support/drachtio.ts';
import { cpuSecondsOf, residentMbOf } from '@muon/test/support/process-usage.ts';
import { runSipp } from '@muon/test/support/sipp.ts';
import { report } from './report.ts';

const CALLS = 400;
const CALLS_PER_SECOND = 40;

interface Taken {
  readonly signalingCpuS: number;
  /** The signalling's, and that of the gateway which decides. */
  readonly cpuS: number;
  readonly signalingMb: number;
}

const backends: readonly SipBackend[] = drachtioProgram === undefined ? ['sipjs'] : ['sipjs', 'drachtio'];
const samples: Partial<Record<SipBackend, Taken>> = {};
for (const backend of backends) samples[backend] = await run(backend);
const figures = Object.entries(samples).flatMap(([backend, taken]) =>
  Object.entries(taken).map(([name, value]) => [`${backend}.${name}`, value] as const),
);
report('sip', { calls: CALLS, callsPerSecond: CALLS_PER_SECOND, ...Object.fromEntries(figures) }, samples);
process.exit(0);

async function run(backend: SipBackend): Promise<Taken> {
  await using room = await FakeRoom.open();
  await using gateway = await GatewayProcess.start(room.url, backend);
  const pids = [await gateway.signalingPid(), gateway.pid];
  const before = pids.map(cpuSecondsOf);
  const target = `127.0.0.1:${gateway.sipPort}`;
  const { ok, output } = await runSipp({ target, room: 'load', calls: CALLS, callsPerSecond: CALLS_PER_SECOND });
  if (!ok) throw new Error(output);
  await gateway.metricIs('muon_sip_calls', (calls) => calls === 0);
  const after = pids.map(cpuSecondsOf);
  const [signaling = 0, deciding = 0] = after.map((seconds, index) => seconds - before[index]!);
  return {
    signalingCpuS: round(signaling),
    cpuS: round(signaling + deciding),
    signalingMb: Math.round(residentMbOf(pids[0]!)),
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
