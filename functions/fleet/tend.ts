import type { Gateway } from '../domain/gateway.ts';
import type { Node } from '../domain/node.ts';
import type { Store } from '../domain/store.ts';
import { type Host, isEnding, isStarting, isUp, runsOn } from './host.ts';
import { type Name, type NameChanges, planNames } from './names.ts';

/** An address that stays (EIP), and the host that has it. */
export interface StaticAddress {
  readonly id: string;
  readonly host?: string | undefined;
}

/** So long is a node shown as lost, for whoever asks where it went. */
const FORGET_AFTER_MS = 24 * 3_600_000;

/** What AWS knows of the fleet and does to it. */
export interface Cloud {
  hosts(): Promise<readonly Host[]>;
  staticAddresses(): Promise<readonly StaticAddress[]>;
  associate(address: StaticAddress, host: Host): Promise<void>;
  names(): Promise<readonly Name[]>;
  change(changes: NameChanges): Promise<void>;
  /** Lets a host that waits go on: into service, or to its end. */
  release(host: Host): Promise<void>;
}

export interface FleetOptions {
  readonly domain: string;
  /** The group of media hosts: nodes, coturn, broadcasts. */
  readonly mediaGroup: string;
  /** The group of hosts for telephones, which have addresses that stay. */
  readonly sipGroup: string;
  /** How long rooms may go on at a host that is to end. */
  readonly drainSeconds: number;
  readonly isAlive: (member: Pick<Node, 'heartbeatAtMs'>) => boolean;
  readonly clock: () => number;
}

/** What the fleet has and does, for the metrics that it is scaled and watched by. */
export interface FleetTally {
  readonly nodes: number;
  readonly lostNodes: number;
  readonly participants: number;
  /** Of the capacity of all nodes that take rooms; 100 when there is none. */
  readonly reservedPercent: number;
}

/** What runs on one host. */
interface Members {
  readonly nodes: readonly Node[];
  readonly gateways: readonly Gateway[];
}

/** Does what is due to the hosts, whatever was done or missed before; safe to run at any time, and again. */
export async function tendFleet(
  { nodes, gateways }: Pick<Store, 'nodes' | 'gateways'>,
  cloud: Cloud,
  options: FleetOptions,
): Promise<FleetTally> {
  const [hosts, allNodes, allGateways] = await Promise.all([cloud.hosts(), nodes.list(), listGateways(gateways)]);
  await giveAddresses(hosts, cloud, options);
  const changes = planNames(hosts, await cloud.names(), { domain: options.domain, relays: options.mediaGroup });
  if (changes.put.length + changes.remove.length > 0) await cloud.change(changes);
  for (const host of hosts) {
    const on = ({ id }: { readonly id: string }): boolean => runsOn(host, id);
    const own = { nodes: allNodes.filter(on), gateways: allGateways.filter(on) };
    if (isStarting(host) && serves(host, own, options)) await cloud.release(host);
    if (isEnding(host)) await end(host, own, { nodes, gateways, cloud, options });
  }
  await forgetGone({ nodes, gateways }, [allNodes, allGateways], hosts, options);
  return toTally(allNodes, hosts, options);
}

async function listGateways(gateways: Store['gateways']): Promise<readonly Gateway[]> {
  const lists = await Promise.all([gateways.list('sip'), gateways.list('rtmp')]);
  return lists.flat();
}

/** Carriers know telephones' gateways by their addresses. */
async function giveAddresses(hosts: readonly Host[], cloud: Cloud, { sipGroup }: FleetOptions): Promise<void> {
  const addresses = await cloud.staticAddresses();
  const free = addresses.filter(({ host }) => host === undefined);
  for (const host of hosts.filter((each) => each.group === sipGroup && isUp(each))) {
    if (addresses.some((address) => address.host === host.id)) continue;
    const address = free.shift();
    if (address) await cloud.associate(address, host);
  }
}

/** A host is in service when what it is for has told so: a broken release never replaces a working one. */
function serves({ group }: Host, own: Members, { sipGroup, isAlive }: FleetOptions): boolean {
  return group === sipGroup
    ? own.gateways.some((gateway) => gateway.service.kind === 'sip' && isAlive(gateway))
    : own.nodes.some(isAlive);
}

async function end(
  host: Host,
  own: Members,
  {
    nodes,
    gateways,
    cloud,
    options,
  }: Pick<Store, 'nodes' | 'gateways'> & { readonly cloud: Cloud; readonly options: FleetOptions },
): Promise<void> {
  const nowMs = options.clock();
  const alive = own.nodes.filter(options.isAlive);
  const aliveGateways = own.gateways.filter(options.isAlive);
  for (const gateway of aliveGateways) if (gateway.cordonedAtMs === undefined) await gateways.cordon(gateway.id, nowMs);
  for (const node of alive) {
    if (node.drainUntilMs !== undefined) continue;
    const { cordonedAtMs = nowMs } = node;
    await nodes.place(node.id, { cordonedAtMs, drainUntilMs: nowMs + options.drainSeconds * 1000 });
  }
  // As they were read: what had not been told yet may have got something new meanwhile.
  if (!aliveGateways.every((gateway) => gateway.cordonedAtMs !== undefined && gateway.reserved === 0)) return;
  if (alive.every((node) => node.drainUntilMs !== undefined && node.reserved === 0 && node.participants === 0))
    await cloud.release(host);
}

/** Ids are made of instances', which never come again: without this, their list would grow for ever. */
async function forgetGone(
  { nodes, gateways }: Pick<Store, 'nodes' | 'gateways'>,
  [allNodes, allGateways]: readonly [readonly Node[], readonly Gateway[]],
  hosts: readonly Host[],
  { clock }: FleetOptions,
): Promise<void> {
  const isGone = ({ id, heartbeatAtMs }: Node | Gateway): boolean =>
    clock() - heartbeatAtMs > FORGET_AFTER_MS && !hosts.some((host) => runsOn(host, id));
  for (const node of allNodes.filter(isGone)) await nodes.forget(node);
  for (const gateway of allGateways.filter(isGone)) await gateways.forget(gateway);
}

function toTally(nodes: readonly Node[], hosts: readonly Host[], { isAlive }: FleetOptions): FleetTally {
  const ours = nodes.filter(({ id }) => hosts.some((host) => runsOn(host, id)));
  const alive = ours.filter(isAlive);
  const taking = alive.filter(({ cordonedAtMs }) => cordonedAtMs === undefined);
  const capacity = taking.reduce((sum, node) => sum + node.capacity, 0);
  const reserved = taking.reduce((sum, node) => sum + Math.max(node.reserved, node.participants), 0);
  return {
    nodes: alive.length,
    lostNodes: ours.length - alive.length,
    participants: alive.reduce((sum, node) => sum + node.participants, 0),
    reservedPercent: capacity === 0 ? 100 : (100 * reserved) / capacity,
  };
}
