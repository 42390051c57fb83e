import { computed, signal } from '@preact/signals';
import { Api } from '@muon/client/api.ts';
import { readFragment, toFragment, type Guest, type Route } from './route.ts';

const KEY = 'muon.key';
const GUEST = 'muon.guest';

/** The page that is shown. */
export const route = signal<Route>({ page: 'rooms' });

/** The API key, for as long as this tab lives. */
export const apiKey = signal(sessionStorage.getItem(KEY) ?? undefined);

/** What the guest link that this tab was opened with carried. */
export const guest = signal(readGuest());

/** The REST API, once there is a key. */
export const api = computed(() => (apiKey.value === undefined ? undefined : new Api({ key: apiKey.value })));

export function goTo(page: Route): void {
  location.hash = toFragment(page);
}

export function keepKey(key: string): void {
  sessionStorage.setItem(KEY, key);
  apiKey.value = key;
}

export function forgetKey(): void {
  sessionStorage.removeItem(KEY);
  apiKey.value = undefined;
}

/** Follows the address from now on; a secret in it is kept, and taken out of the address bar. */
export function arrive(): void {
  addEventListener('hashchange', readAddress);
  readAddress();
}

function readAddress(): void {
  const arrival = readFragment(location.hash);
  if (arrival.key !== undefined) keepKey(arrival.key);
  if (arrival.guest) keepGuest(arrival.guest);
  if (arrival.key !== undefined || arrival.guest) history.replaceState(undefined, '', toFragment(arrival.route));
  route.value = arrival.route;
}

function keepGuest(arrived: Guest): void {
  sessionStorage.setItem(GUEST, JSON.stringify(arrived));
  guest.value = arrived;
}

function readGuest(): Guest | undefined {
  const kept = sessionStorage.getItem(GUEST);
  return kept === null ? undefined : (JSON.parse(kept) as Guest);
}
