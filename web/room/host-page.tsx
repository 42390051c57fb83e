import { useMemo } from 'preact/hooks';
import { api } from '../location.ts';
import { Broadcast } from '../live/broadcast.ts';
import { toGuestLink } from '../route.ts';
import { RoomPage } from './room-page.tsx';

const NAME = 'muon.name';
const IDENTITY = 'muon.identity';
const GUEST_TTL_SECONDS = 86_400;

/** A room, entered with the API key: tokens are minted here as a back end would. */
export function HostPage({ room }: { readonly room: string }) {
  const host = useMemo(() => api.peek() && new Host(api.peek()!, room), [room]);
  if (!host) return <></>;
  return (
    <RoomPage
      room={room}
      initialName={localStorage.getItem(NAME) ?? ''}
      toToken={(name) => () => host.mintOwn(name)}
      broadcast={host.broadcast}
      makeGuestLink={(name) => host.makeGuestLink(name)}
    />
  );
}

class Host {
  readonly #api: NonNullable<typeof api.value>;
  readonly #room: string;
  readonly broadcast: Broadcast;

  constructor(client: NonNullable<typeof api.value>, room: string) {
    this.#api = client;
    this.#room = room;
    this.broadcast = new Broadcast(client, room);
  }

  async mintOwn(name: string): Promise<string> {
    localStorage.setItem(NAME, name);
    return await this.#mint(ownIdentity(), name);
  }

  async makeGuestLink(name: string): Promise<string> {
    const token = await this.#mint(`guest-${crypto.randomUUID().slice(0, 8)}`, name, GUEST_TTL_SECONDS);
    return toGuestLink(location.origin, { token, room: this.#room });
  }

  async #mint(identity: string, name: string, ttlSeconds?: number): Promise<string> {
    const body = { identity, name, ...(ttlSeconds === undefined ? {} : { ttlSeconds }) };
    return (await this.#api.call('createToken', { params: { room: this.#room }, body })).token;
  }
}

/** The same for as long as this tab lives, so that a reload replaces the participant that it leaves behind. */
function ownIdentity(): string {
  const kept = sessionStorage.getItem(IDENTITY) ?? `host-${crypto.randomUUID().slice(0, 8)}`;
  sessionStorage.setItem(IDENTITY, kept);
  return kept;
}
