import type { Trunk as TrunkResource } from '@muon/contract/sip.ts';

/** A SIP peer as it is kept: its password is sealed. */
export interface Trunk {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly transport: TrunkResource['transport'];
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly numbers: readonly string[];
  readonly createdAt: string;
  readonly revision: number;
}

/** Whether a change leads calls, and with them the digest of the password, to where it was not given for. */
export function leadsElsewhere(
  before: Trunk,
  { address, transport, username }: Pick<Trunk, 'address' | 'transport' | 'username'>,
): boolean {
  const isOpener = before.transport === 'tls' && transport !== 'tls';
  return address !== before.address || isOpener || (username !== undefined && username !== before.username);
}

/** The trunk as the API shows it. */
export function toTrunkResource({ password, username, ...trunk }: Trunk): TrunkResource {
  return {
    ...trunk,
    ...(username === undefined ? {} : { username }),
    hasPassword: password !== undefined,
    numbers: [...trunk.numbers],
  };
}
