import { chooseOfTwo } from '../domain/choose.ts';
import type { Gateway } from '../domain/gateway.ts';
import { Refusal } from '../domain/refusal.ts';
import { fraction, type RandomBytes } from './random.ts';

/**
 * One of the gateways that have a place.
 *
 * @param read those that live and are not cordoned
 * @param full those that turned out to have none
 * @throws Refusal `no-gateway-available`
 */
export async function chooseGateway<Kind extends Gateway>(
  random: RandomBytes,
  read: (options: { readonly fresh: boolean }) => Promise<readonly Kind[]>,
  full: ReadonlySet<string>,
): Promise<Kind> {
  for (const fresh of [false, true]) {
    const gateways = await read({ fresh });
    const gateway = chooseOfTwo(
      gateways.filter(({ id, reserved, capacity }) => reserved < capacity && !full.has(id)),
      ({ reserved, capacity }) => reserved / capacity,
      () => fraction(random),
    );
    if (gateway) return gateway;
  }
  throw new Refusal('no-gateway-available');
}
