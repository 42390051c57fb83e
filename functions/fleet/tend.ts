import type { Gateway } from '../domain/gateway.ts';
import type { Node } from '../domain/node.ts';
import type { Store } from '../domain/store.ts';
import { Attempts } from './attempts.ts';
import { type Host, isEnding, isStarting, isUp, runsOn } from './host.ts';
import { isNameOf, type Name, type NameChanges, planNames } from './names.ts';

/** An address that stays (EIP), and the host that has it. */
export interface StaticAddress {
  readonly id: string;
  readonly host?: string | undefined;
  /** It is ours by the settings, and AWS does not know it. */
  readonly missing?: boolean;
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
  /** Is told what could not be done, and why; everything else is done all the same. */
  readonly failed: (error: unknown, what: string) => void;
}

/** What the fleet has and does, for the metrics that it is scaled and watched by. */
export interface FleetTally {
  readonly nodes: number;
  readonly lostNodes: number;
  readonly participants: number;
  /** Of the capacity of all nodes that take rooms; 100 when there is none. */
  readonly reservedPercent: number;
  /** How much could not be done. */
  readonly failures: number;
}

/** A host and what runs on it. */
interface Members {
  readonly host: Host;
  readonly nodes: readonly Node[];
  readonly gateways: readonly Gateway[];
}

/**
 * Does what is due to the hosts, whatever was done or missed before; safe to run at any time, and again. Each host is tended
 * by itself: what fails is counted, and keeps no other host waiting. Nobody lets a host into service whose name or address
 * could not be given.
 *
 * @throws when it cannot be read which hosts and members there are
 */
export async function tendFleet(
  { nodes, gateways }: Pick<Store, 'nodes' | 'gateways'>,
  cloud: Cloud,
  options: FleetOptions,
): Promise<FleetTally> {
  const [hosts, allNodes, allGateways] = await Promise.all([cloud.hosts(), nodes.list(), listGateways(gateways)]);
  const attempts = new Attempts(options.failed);
  const all = hosts.map((host): Members => {
    const on = ({ id }: { readonly id: string }): boolean => runsOn(host, id);
    return { host, nodes: allNodes.filter(on), gateways: allGateways.filter(on) };
  });
  await attempts.each(
    all.filter(({ host }) => isEnding(host)),
    {
      what: ({ host }) => `The end of ${host.id}`,
      work: (own) => end(own, { nodes, gateways, cloud, options }),
    },
  );
  const unready = new Set([
    ...(await giveAddresses(hosts, cloud, { attempts, options })),
    ...(await giveNames(hosts, cloud, { attempts, options })),
  ]);
  const serving = all.filter((own) => isStarting(own.host) && !unready.has(own.host) && serves(own, options));
  await attempts.each(serving, {
    what: ({ host }) => `Letting ${host.id} into service`,
    work: ({ host }) => cloud.release(host),
  });
  await forgetGone({ nodes, gateways }, [allNodes, allGateways], hosts, { attempts, options });
  return { ...toTally(allNodes, hosts, options), failures: attempts.failures };
}

async function listGateways(gateways: Store['gateways']): Promise<readonly Gateway[]> {
  const lists = await Promise.all([gateways.list('sip'), gateways.list('rtmp')]);
  return lists.flat();
}

interface Doing {
  readonly attempts: Attempts;
  readonly options: FleetOptions;
}

/** Carriers know telephones' gateways by their addresses. Gives the hosts that are to have one, and it could not be given. */
async function giveAddresses(
  hosts: readonly Host[],
  cloud: Cloud,
  { attempts, options }: Doing,
): Promise<readonly Host[]> {
  const wanting = hosts.filter((host) => host.group === options.sipGroup && isUp(host));
  let addresses: readonly StaticAddress[] = [];
  const read = async (): Promise<void> => void (addresses = await cloud.staticAddresses());
  if (!(await attempts.one('Reading the addresses that stay', read))) return wanting;
  await attempts.each(
    addresses.filter(({ missing }) => missing),
    { what: ({ id }) => `Giving the address ${id}`, work: () => Promise.reject(new Error('AWS does not know it')) },
  );
  const free = addresses.filter(({ host, missing }) => host === undefined && !missing);
  const without = wanting.filter((host) => !addresses.some((address) => address.host === host.id));
  // One that cannot be given to the first host may do for no other either: each host is offered another.
  return attempts.each(without.slice(0, free.length), {
    what: (host, at) => `Giving ${host.id} the address ${free[at]!.id}`,
    work: (host, at) => cloud.associate(free[at]!, host),
  });
}

/**
 * All in one request; when that fails, each host by itself, since Route 53 does all of a request or nothing. Gives the hosts
 * whose names could not be given.
 */
async function giveNames(hosts: readonly Host[], cloud: Cloud, { attempts, options }: Doing): Promise<readonly Host[]> {
  let existing: readonly Name[] = [];
  const read = async (): Promise<void> => void (existing = await cloud.names());
  if (!(await attempts.one('Reading the names', read))) return hosts;
  const changes = planNames(hosts, existing, { domain: options.domain, relays: options.mediaGroup });
  if (isNothing(changes)) return [];
  try {
    await cloud.change(changes);
    return [];
  } catch {
    const removing = changes.remove.map((name) => ({ put: [], remove: [name] }));
    await attempts.each(removing, {
      what: ({ remove: [name] }) => `Removing the name ${name!.name}`,
      work: (change) => cloud.change(change),
    });
    const own = (host: Host): NameChanges => ({ put: changes.put.filter((name) => isNameOf(host, name)), remove: [] });
    return attempts.each(
      hosts.filter((host) => !isNothing(own(host))),
      { what: ({ id }) => `Naming ${id}`, work: (host) => cloud.change(own(host)) },
    );
  }
}

function isNothing({ put, remove }: NameChanges): boolean {
  return put.length + remove.length === 0;
}

/** A host is in service when what it is for has told so: a broken release never replaces a working one. */
function serves({ host, ...own }: Members, { sipGroup, isAlive }: FleetOptions): boolean {
  return host.group === sipGroup
    ? own.gateways.some((gateway) => gateway.service.kind === 'sip' && isAlive(gateway))
    : own.nodes.some(isAlive);
}

async function end(
  { host, ...own }: Members,
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
  { attempts, options: { clock } }: Doing,
): Promise<void> {
  const isGone = ({ id, heartbeatAtMs }: Node | Gateway): boolean =>
    clock() - heartbeatAtMs > FORGET_AFTER_MS && !hosts.some((host) => runsOn(host, id));
  const what = ({ id }: Node | Gateway): string => `Forgetting ${id}`;
  await attempts.each(allNodes.filter(isGone), { what, work: (node) => nodes.forget(node) });
  await attempts.each(allGateways.filter(isGone), { what, work: (gateway) => gateways.forget(gateway) });
}

function toTally(
  nodes: readonly Node[],
  hosts: readonly Host[],
  { isAlive }: FleetOptions,
): Omit<FleetTally, 'failures'> {
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
