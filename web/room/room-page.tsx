import type { TokenSource } from '@muon/client/room.ts';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { Device } from '../lobby/device.ts';
import { Lobby } from '../lobby/lobby.tsx';
import type { Broadcast } from '../live/broadcast.ts';
import { tellError } from '../view/toasts.tsx';
import type { MakeGuestLink } from './guest-link.tsx';
import { Left } from './left.tsx';
import { RoomView } from './room-view.tsx';
import { Session } from './session.ts';

interface RoomPageProps {
  readonly room: string | undefined;
  readonly initialName: string;
  readonly fixedName?: string;
  /** What a participant of this name joins with. */
  readonly toToken: (name: string) => TokenSource;
  readonly broadcast?: Broadcast;
  readonly makeGuestLink?: MakeGuestLink;
}

/** From the lobby through the room to having left it. */
export function RoomPage({ room, initialName, fixedName, toToken, broadcast, makeGuestLink }: RoomPageProps) {
  const session = useSignal<Session | undefined>(undefined);
  const [camera, microphone] = useMemo(() => [new Device('camera'), new Device('microphone')] as const, []);
  useEffect(() => {
    const leave = (): void => {
      session.peek()?.leave();
      camera.close();
      microphone.close();
    };
    addEventListener('pagehide', leave);
    return () => {
      removeEventListener('pagehide', leave);
      leave();
    };
  }, [session, camera, microphone]);
  const onJoin = async (name: string): Promise<void> => {
    const joining = new Session(camera, microphone);
    try {
      await joining.join(toToken(name));
      session.value = joining;
    } catch (error) {
      tellError(error);
    }
  };
  const present = session.value;
  if (!present) {
    return (
      <Lobby
        room={room}
        camera={camera}
        microphone={microphone}
        fixedName={fixedName}
        initialName={initialName}
        onJoin={onJoin}
      />
    );
  }
  if (present.state.value === 'disconnected') {
    return <Left error={present.error.value} onRejoin={() => (session.value = undefined)} />;
  }
  return (
    <RoomView
      session={present}
      devices={[camera, microphone]}
      {...(broadcast ? { broadcast } : {})}
      {...(makeGuestLink ? { makeGuestLink } : {})}
      onLeave={() => present.leave()}
    />
  );
}
