import { assumptions } from '@muon/infra/cost/assumptions.ts';
import { prices } from '@muon/infra/cost/prices.ts';
import { costOfJoins } from './cost.ts';
import { lifeCycle, type LifeCycleOptions, type Step, type StepName } from './life-cycle.ts';

const STEPS: Readonly<Record<StepName, string>> = {
  create: 'create the room',
  mint: 'mint a token',
  firstJoin: 'the first join, which places the room',
  join: 'any further join',
  attendance: 'a participant comes and goes, beyond the heartbeats that tell it',
  delete: 'delete the room',
};

const CASES: readonly (LifeCycleOptions & { readonly title: string })[] = [
  { title: 'functions that are warm, no webhook', warm: true, webhook: false },
  { title: 'functions that have just started, no webhook', warm: false, webhook: false },
  { title: 'functions that are warm, a webhook for everything', warm: true, webhook: true },
];

const SIZES = [2, 8, 50];

/** docs/aws/join-cost.md, from a life of a room that is metered now. */
export async function writeJoinCost(): Promise<string> {
  const cases = await Promise.all(CASES.map(async (each) => ({ ...each, steps: await lifeCycle(each) })));
  const { functionSeconds, functionGb } = assumptions.constants;
  return `# What joins cost on AWS

Written by a test, from a room whose life is run on the embedded table while \`bench/capacity/meter.ts\` counts what DynamoDB
would bill for each request: 1 unit read for each 4 KB (half of it from an index), 1 written for each KB, twice that in a
transaction, and again for each index that changes. **Nothing here was billed or measured on AWS**; prices are those of the
[cost sheet](cost.md) (${prices.region}), as is how long a function runs (${functionSeconds} s with ${functionGb} GB, a guess).
What hosts, transfer and heartbeats cost is there, too.

## A million joins, in US dollars

With their tokens, and with their share of a room that is created for so many participants and deleted after them.

${toTable(
  ['', 'participants of a room', 'DynamoDB', 'API Gateway and Lambda', 'sum'],
  cases.flatMap(({ title, steps }) => SIZES.map((size) => toCostRow(title, steps, size))),
)}

${cases.map(({ title, steps }) => toSection(title, steps)).join('\n\n')}
`;
}

function toCostRow(title: string, steps: readonly Step[], size: number): string[] {
  const { table, requests } = costOfJoins(steps, size);
  return [title, String(size), table.toFixed(2), requests.toFixed(2), `**${(table + requests).toFixed(2)}**`];
}

function toSection(title: string, steps: readonly Step[]): string {
  const rows = steps.map(({ name, readUnits, writeUnits, operations, streamCalls }) => [
    STEPS[name],
    String(readUnits),
    String(writeUnits),
    String(streamCalls),
    Object.entries(operations)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([operation, times]) => `${times} ${operation}`)
      .join(', '),
  ]);
  const head = ['', 'units read', 'units written', 'calls by the stream', 'operations'];
  return `## With ${title}\n\n${toTable(head, rows)}`;
}

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
