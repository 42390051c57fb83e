// How fast the control plane answers on one machine: `--samples N` of each request, then `--seconds N` of full load.
import { spawnSync } from 'node:child_process';
import { Agent, request as httpRequest } from 'node:http';
import { parseArgs } from 'node:util';
import { Stage } from '@muon/test/contract/stage.ts';
import { cpuSecondsOf } from '@muon/test/support/process-usage.ts';
import { costOfJoins } from './capacity/cost.ts';
import { lifeCycle } from './capacity/life-cycle.ts';
import { percentile, report } from './report.ts';

const { values } = parseArgs({
  options: { samples: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '15' } },
});

/** Before anything is measured: what runs often is compiled by then. */
const WARM_UP = 300;

/** As many clients at once keep one core busy. */
const CLIENTS = 16;

/** Participants of each room under full load, and in what a join costs. */
const PARTICIPANTS = 8;

/** The control plane's core, and that of the clients. */
const CORES = { controlPlane: 0, clients: 1 };

await using stage = await Stage.open({ MUON_API_RATE: '100000' });
const pinned = pin(stage.pid, CORES.controlPlane) && pin(process.pid, CORES.clients);
const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

await oneByOne(WARM_UP);
const samples = await oneByOne(Number(values.samples));
const load = await underLoad(Number(values.seconds));
agent.destroy();

const steps = await lifeCycle({ warm: true, webhook: false });
const total = (of: (step: (typeof steps)[number]) => number): number => steps.reduce((sum, step) => sum + of(step), 0);
const cost = costOfJoins(steps, PARTICIPANTS);
report(
  'control-plane',
  {
    joinP50Ms: rounded(percentile(samples.join, 0.5)),
    joinP99Ms: rounded(percentile(samples.join, 0.99)),
    firstJoinP50Ms: rounded(percentile(samples.firstJoin, 0.5)),
    firstJoinP99Ms: rounded(percentile(samples.firstJoin, 0.99)),
    createRoomP50Ms: rounded(percentile(samples.createRoom, 0.5)),
    createRoomP99Ms: rounded(percentile(samples.createRoom, 0.99)),
    mintTokenP50Ms: rounded(percentile(samples.mintToken, 0.5)),
    mintTokenP99Ms: rounded(percentile(samples.mintToken, 0.99)),
    requestsPerSecond: Math.round(load.requests / load.seconds),
    joinsPerSecond: Math.round(load.joins / load.seconds),
    requestsPerCpuSecond: Math.round(load.requests / load.cpuSeconds),
    cpuMsPerRequest: rounded((load.cpuSeconds * 1000) / load.requests),
    coresUsed: rounded(load.cpuSeconds / load.seconds),
    pinnedToOneCore: String(pinned),
    samples: Number(values.samples),
    lifeCycleOperations: total(({ operations }) => Object.values(operations).reduce((sum, each) => sum + each, 0)),
    lifeCycleReadUnits: total(({ readUnits }) => readUnits),
    lifeCycleWriteUnits: total(({ writeUnits }) => writeUnits),
    dollarsPerMillionJoins: Number((cost.table + cost.requests).toFixed(2)),
  },
  { lifeCycle: steps, load },
);

type Request = 'createRoom' | 'mintToken' | 'firstJoin' | 'join';

/** One request after the other: how long each takes by itself. */
async function oneByOne(count: number): Promise<Readonly<Record<Request, readonly number[]>>> {
  const taken: Record<Request, number[]> = { createRoom: [], mintToken: [], firstJoin: [], join: [] };
  const timed = async <Result>(name: Request, run: () => Promise<Result>): Promise<Result> => {
    const start = performance.now();
    const result = await run();
    taken[name].push(performance.now() - start);
    return result;
  };
  for (let sample = 0; sample < count; sample++) {
    const room = await timed('createRoom', createRoom);
    const first = await timed('mintToken', () => mintToken(room.id, 'user-1'));
    const second = await mintToken(room.id, 'user-2');
    await timed('firstJoin', () => join(first.token));
    await timed('join', () => join(second.token));
    await deleteRoom(room.id);
  }
  return taken;
}

/** Rooms that are created, filled and deleted by so many clients at once: how much the process can do. */
async function underLoad(seconds: number) {
  let requests = 0;
  let joins = 0;
  const start = performance.now();
  const cpuStart = cpuSecondsOf(stage.pid);
  const elapsed = (): number => (performance.now() - start) / 1000;
  const client = async (): Promise<void> => {
    while (elapsed() < seconds) {
      const room = await createRoom();
      for (let participant = 1; participant <= PARTICIPANTS; participant++) {
        const { token } = await mintToken(room.id, `user-${participant}`);
        await join(token);
      }
      await deleteRoom(room.id);
      requests += 2 + 2 * PARTICIPANTS;
      joins += PARTICIPANTS;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return { requests, joins, seconds: elapsed(), cpuSeconds: cpuSecondsOf(stage.pid) - cpuStart };
}

function createRoom(): Promise<{ readonly id: string }> {
  return ask('POST', '/v1/rooms', { metadata: { course: 'algebra' } });
}

function mintToken(room: string, identity: string): Promise<{ readonly token: string }> {
  return ask('POST', `/v1/rooms/${room}/tokens`, { identity, name: 'Ada Lovelace' });
}

function join(token: string): Promise<unknown> {
  return ask('POST', '/v1/join', {}, token);
}

function deleteRoom(room: string): Promise<unknown> {
  return ask('DELETE', `/v1/rooms/${room}`);
}

function ask<Body>(method: string, path: string, body?: object, bearer = Stage.apiKey): Promise<Body> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
    const request = httpRequest(stage.origin + path, { method, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        if (response.statusCode! >= 300) reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
        else resolve((text === '' ? undefined : JSON.parse(text)) as Body);
      });
    });
    request.on('error', reject).end(body && JSON.stringify(body));
  });
}

/** Keeps a process on one core, where the system can; whether it does. */
function pin(pid: number, core: number): boolean {
  return spawnSync('taskset', ['-acp', String(core), String(pid)]).status === 0;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
