import { assumptions } from './assumptions.ts';
import { loads } from './loads.ts';
import { costOf, type Item, type Load, standingCost } from './model.ts';
import { prices } from './prices.ts';

const HOURS = 1000;

const ITEMS: Readonly<Record<Item, string>> = {
  hosts: 'hosts',
  transfer: 'transfer',
  cdn: 'CDN',
  requests: 'requests',
  table: 'table',
  flowLogs: 'flow logs',
};

/** All that is said of a load: the compiler asks for what is missing here. */
const INPUTS: Readonly<Record<Exclude<keyof Load, 'name'>, string>> = {
  downlinkMbps: 'Mbit/s to each participant',
  participantsPerCore: 'participants per core',
  usedShare: 'capacity in use',
  minutesPerParticipant: 'minutes per participant',
  participantsPerRoom: 'participants per room',
  viewersPerParticipant: 'viewers per participant',
  viewerMbps: 'Mbit/s to each viewer',
};

/** docs/aws/cost.md. */
export function writeCostSheet(): string {
  const { region, assumedOn, ...perUnit } = prices;
  const items = Object.keys(ITEMS) as Item[];
  const costs = loads.map((load) => {
    const cost = costOf(load, prices, HOURS);
    const sum = items.reduce((total, item) => total + cost[item], 0);
    return [load.name, ...items.map((item) => dollars(cost[item])), `**${dollars(sum)}**`];
  });
  const inputs = Object.keys(INPUTS) as (keyof typeof INPUTS)[];
  const demands = Object.entries(assumptions.demands);
  return `# Cost on AWS

Computed by \`infra/cost/\` from the inputs below, and written by its test. **Nothing here was billed or measured on AWS**:
prices are assumptions of ${assumedOn} (${region}), and so are loads. Put your own into
\`infra/cost/prices.ts\` and \`infra/cost/loads.ts\`.

## For ${HOURS} participant-hours, in US dollars

${toTable(['', ...Object.values(ITEMS), 'sum'], costs)}

Transfer to clients is nearly everything; how many participants a core takes matters far less. A commitment on transfer
with AWS, or audio alone for those who are not seen, saves more than any other instance type.

## What runs without anybody

Two hosts for rooms, two for telephones, their heartbeats, and the certificate of all: ${dollars(standingCost(prices, { media: 2, sip: 2 }))} a month. Secrets,
alarms, detailed monitoring, traces, the hosted zone and other logs come to it, each a few dollars; they are not in the model.

## Inputs: loads

${toTable(
  ['', ...Object.values(INPUTS)],
  loads.map((load) => [
    load.name,
    ...inputs.map((input) => (input === 'usedShare' ? `${load[input] * 100} %` : load[input])),
  ]),
)}

## Inputs: prices

${toTable(
  ['', 'US dollars'],
  Object.entries(perUnit).map(([name, price]) => [`\`${name}\``, price]),
)}

## Inputs: what the control plane does for each

Counted in the code, not measured (\`infra/cost/assumptions.ts\`).

${toTable(
  ['', 'calls', 'units read', 'units written'],
  demands.map(([name, { calls, reads, writes }]) => [`\`${name}\``, calls, reads, writes]),
)}

## Inputs: constants

How long a function takes and how much the flow log tells are guesses; the others are as \`infra/\` sets them, or arithmetic.

${toTable(
  ['', ''],
  Object.entries(assumptions.constants).map(([name, value]) => [`\`${name}\``, value]),
)}
`;
}

function toTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function dollars(amount: number): string {
  return amount.toFixed(2);
}
