import { apiKey, guest, route } from './location.ts';
import { KeyGate } from './rooms/key-gate.tsx';
import { RoomsPage } from './rooms/rooms-page.tsx';
import { GuestPage } from './room/guest-page.tsx';
import { HostPage } from './room/host-page.tsx';
import { Toasts } from './view/toasts.tsx';

export function App() {
  return (
    <>
      <Page />
      <Toasts />
    </>
  );
}

function Page() {
  const page = route.value;
  if (page.page === 'guest' && guest.value) return <GuestPage key={guest.value.token} guest={guest.value} />;
  if (apiKey.value === undefined) return <KeyGate />;
  return page.page === 'room' ? <HostPage key={page.room} room={page.room} /> : <RoomsPage />;
}
