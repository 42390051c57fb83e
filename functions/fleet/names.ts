import { type Host, isEnding, isUp } from './host.ts';

/** An address record of the zone. */
export interface Name {
  /** Fully, without the dot at its end. */
  readonly name: string;
  readonly address: string;
  /** One of several records of the same name, that clients choose from. */
  readonly member?: string | undefined;
}

/** What is to change in the zone. */
export interface NameChanges {
  readonly put: readonly Name[];
  readonly remove: readonly Name[];
}

/** The name of a host below `domain`: what the certificate of the fleet is for. */
export function nameOf(host: Pick<Host, 'id'>, domain: string): string {
  return `${host.id}.${domain}`;
}

/**
 * One name for each host, and `turn` for all that relay. Names of hosts are told by their form: whatever else is in the
 * zone is not touched.
 *
 * @param relays the group whose hosts run coturn
 */
export function planNames(
  hosts: readonly Host[],
  existing: readonly Name[],
  { domain, relays }: { readonly domain: string; readonly relays: string },
): NameChanges {
  const turn = `turn.${domain}`;
  const wanted = hosts
    .filter((host) => isUp(host) || isEnding(host))
    .flatMap(({ id, group, publicIp }) => {
      if (publicIp === undefined) return [];
      const own = { name: nameOf({ id }, domain), address: publicIp };
      return group === relays ? [own, { name: turn, address: publicIp, member: id }] : [own];
    });
  const ours = existing.filter(({ name, member }) => (name === turn ? member !== undefined : isHostName(name, domain)));
  return {
    put: wanted.filter((name) => !ours.some((each) => isSame(each, name) && each.address === name.address)),
    remove: ours.filter((name) => !wanted.some((each) => isSame(each, name))),
  };
}

/** Whether it leads to this host: its own, or its share in that of all. */
export function isNameOf(host: Pick<Host, 'id'>, { name, member }: Name): boolean {
  return member === undefined ? name.startsWith(`${host.id}.`) : member === host.id;
}

function isHostName(name: string, domain: string): boolean {
  return name.endsWith(`.${domain}`) && /^i-[0-9a-f]{8,17}$/.test(name.slice(0, -domain.length - 1));
}

function isSame(a: Name, b: Name): boolean {
  return a.name === b.name && a.member === b.member;
}
