import { loads } from './loads.ts';
import { costOf, type Item, standingCost } from './model.ts';
import { prices } from './prices.ts';

const HOURS = 1000;

const ITEMS: readonly Item[] = ['hosts', 'transfer', 'cdn', 'requests', 'table'];

/** docs/aws/cost.md. */
export function writeCostSheet(): string {
  const rows = loads.map((load) => {
    const cost = costOf(load, prices, HOURS);
    const sum = ITEMS.reduce((total, item) => total + cost[item], 0);
    return `| ${load.name} | ${ITEMS.map((item) => dollars(cost[item])).join(' | ')} | **${dollars(sum)}** |`;
  });
  const inputs = loads.map(
    ({ name, downlinkMbps, participantsPerCore, usedShare, minutesPerParticipant }) =>
      `| ${name} | ${downlinkMbps} | ${participantsPerCore} | ${usedShare * 100} % | ${minutesPerParticipant} |`,
  );
  const assumed = Object.entries(prices)
    .filter(([name]) => name !== 'region' && name !== 'assumedOn')
    .map(([name, price]) => `| \`${name}\` | ${price} |`);
  return `# Cost on AWS

Computed by \`infra/cost/\` from the inputs below, and written by its test. **Nothing here was billed or measured on AWS**:
prices are assumptions of ${prices.assumedOn} (${prices.region}), and so are loads. Put your own into
\`infra/cost/prices.ts\` and \`infra/cost/loads.ts\`.

## For ${HOURS} participant-hours, in US dollars

| | hosts | transfer | CDN | requests | table | sum |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

Transfer to clients is nearly everything; how many participants a core takes matters far less. A commitment on transfer
with AWS, or audio alone for those who are not seen, saves more than any other instance type.

## What runs without anybody

Two hosts for rooms, two for telephones, and the certificate of all: ${dollars(standingCost(prices, { media: 2, sip: 2 }))} a month. Secrets, alarms, the hosted zone and logs come to it, each a
few dollars; they are not in the model.

## Inputs: loads

| | Mbit/s to each participant | participants per core | capacity in use | minutes per participant |
| --- | --- | --- | --- | --- |
${inputs.join('\n')}

## Inputs: prices

| | US dollars |
| --- | --- |
${assumed.join('\n')}
`;
}

function dollars(amount: number): string {
  return amount.toFixed(2);
}
