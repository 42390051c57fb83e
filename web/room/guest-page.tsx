import type { Guest } from '../route.ts';
import { RoomPage } from './room-page.tsx';

/** The room of a guest link: the token is all there is, and names the guest. */
export function GuestPage({ guest }: { readonly guest: Guest }) {
  const name = nameIn(guest.token) ?? 'Guest';
  return <RoomPage room={guest.room} initialName={name} fixedName={name} toToken={() => guest.token} />;
}

/** The name that a join token gives its holder; only the API can tell whether it is genuine. */
function nameIn(token: string): string | undefined {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (letter) => letter.codePointAt(0) ?? 0);
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as { name?: unknown; sub?: unknown };
    return [claims.name, claims.sub].find((claim) => typeof claim === 'string');
  } catch {
    return undefined;
  }
}
