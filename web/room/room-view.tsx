import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { explain, type Device } from '../lobby/device.ts';
import type { Broadcast } from '../live/broadcast.ts';
import { LivePanel } from '../live/live-panel.tsx';
import { copy } from '../view/copy.tsx';
import { Icon } from '../view/icons.tsx';
import { tellError, warn } from '../view/toasts.tsx';
import { Sound } from '../view/video.tsx';
import { Controls, type Panel } from './controls.tsx';
import { GuestLinkButton, type MakeGuestLink } from './guest-link.tsx';
import { InvitePanel } from './invite-panel.tsx';
import { PeoplePanel } from './people-panel.tsx';
import type { Session } from './session.ts';
import { Stage } from './stage.tsx';

interface RoomViewProps {
  readonly session: Session;
  readonly devices: readonly Device[];
  /** Absent for guests, as is the next. */
  readonly broadcast?: Broadcast;
  readonly makeGuestLink?: MakeGuestLink;
  readonly onLeave: () => void;
}

/** In the room. */
export function RoomView({ session, devices, broadcast, makeGuestLink, onLeave }: RoomViewProps) {
  const panel = useSignal<Panel | undefined>(undefined);
  const name = session.joined.value?.room.name ?? '';
  useEffect(() => {
    document.title = `${name} · Muon`;
    return () => void (document.title = 'Muon');
  }, [name]);
  useEffect(() => broadcast?.follow(), [broadcast]);
  const attempt = (action: () => Promise<void>): void => void tryAction(action, devices);
  const close = (): void => void (panel.value = undefined);
  return (
    <div class={`room ${panel.value ? 'with-panel' : ''}`} data-testid="room">
      <TopBar session={session} name={name} broadcast={broadcast} makeGuestLink={makeGuestLink} />
      <main class="room-main">
        <Reconnecting session={session} />
        <Stage tiles={session.tiles.value} />
        <AloneHint session={session} onInvite={() => (panel.value = 'invite')} />
      </main>
      {panel.value === 'people' && <PeoplePanel tiles={session.tiles.value} onClose={close} />}
      {panel.value === 'invite' && (
        <InvitePanel
          sipUri={session.joined.value?.room.sipUri}
          {...(makeGuestLink ? { makeGuestLink } : {})}
          onClose={close}
        />
      )}
      {panel.value === 'live' && broadcast && <LivePanel broadcast={broadcast} onClose={close} />}
      <Controls
        session={session}
        panel={panel.value}
        live={broadcast && { onAir: broadcast.onAir.value }}
        attempt={attempt}
        onPanel={(wanted) => (panel.value = panel.value === wanted ? undefined : wanted)}
        onLeave={onLeave}
      />
      <Sounds session={session} />
    </div>
  );
}

interface TopBarProps {
  readonly session: Session;
  readonly name: string;
  readonly broadcast: Broadcast | undefined;
  readonly makeGuestLink: MakeGuestLink | undefined;
}

function TopBar({ session, name, broadcast, makeGuestLink }: TopBarProps) {
  const sipUri = session.joined.value?.room.sipUri;
  return (
    <header class="room-bar">
      <h1 class="room-title">{name}</h1>
      {broadcast?.onAir.value && <span class="on-air">Live</span>}
      <div class="room-ways">
        {sipUri && (
          <button
            type="button"
            class="room-way address"
            title="Copy the address that phones dial"
            data-testid="dial-in"
            onClick={() => void copy(sipUri, 'Dial-in address')}
          >
            <Icon name="phone" size={16} />
            <span>{sipUri}</span>
          </button>
        )}
        {makeGuestLink && <GuestLinkButton make={makeGuestLink} />}
      </div>
    </header>
  );
}

function Reconnecting({ session }: { readonly session: Session }) {
  if (session.state.value !== 'reconnecting') return <></>;
  return (
    <div class="banner" role="alert" data-testid="reconnecting">
      <span class="spinner" aria-hidden="true" />
      Connection lost. Joining again…
    </div>
  );
}

function AloneHint({ session, onInvite }: { readonly session: Session; readonly onInvite: () => void }) {
  const alone = session.others.value.every(({ kind }) => kind === 'egress');
  if (!alone || session.state.value !== 'connected') return <></>;
  return (
    <p class="alone">
      You are the first one here.
      <button type="button" class="button small" onClick={onInvite}>
        Invite somebody
      </button>
    </p>
  );
}

/** What is heard: everybody's audio but one's own. */
function Sounds({ session }: { readonly session: Session }) {
  const heard = useComputed(() =>
    session.others.value.flatMap(({ tracks }) => tracks.filter(({ kind, media }) => kind === 'audio' && media)),
  );
  return <>{heard.value.map(({ id, media }) => media && <Sound key={id} media={media} />)}</>;
}

async function tryAction(action: () => Promise<void>, devices: readonly Device[]): Promise<void> {
  try {
    await action();
  } catch (error) {
    // Closing the browser's own dialog is a choice, and no error.
    if (!(error instanceof DOMException && error.name === 'NotAllowedError')) tellError(error);
  }
  for (const { kind, problem } of devices) {
    if (!problem.value) continue;
    const { title, detail } = explain(kind, problem.value);
    warn(title, detail);
    problem.value = undefined;
  }
}
