import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { apiKey } from '../location.ts';
import { Avatar } from '../room/avatar.tsx';
import { Header } from '../view/header.tsx';
import { Icon } from '../view/icons.tsx';
import { Video } from '../view/video.tsx';
import { explain, type Device } from './device.ts';
import { LevelMeter } from './level-meter.tsx';

const MAX_NAME = 128;

interface LobbyProps {
  readonly room: string | undefined;
  readonly camera: Device;
  readonly microphone: Device;
  /** Given: the name is settled. */
  readonly fixedName?: string | undefined;
  readonly initialName: string;
  readonly onJoin: (name: string) => Promise<void>;
}

/** Before joining: how one looks and sounds, and under which name. */
export function Lobby({ room, camera, microphone, fixedName, initialName, onJoin }: LobbyProps) {
  const name = useSignal(fixedName ?? initialName);
  const joining = useSignal(false);
  useEffect(() => {
    void camera.open();
    void microphone.open();
  }, [camera, microphone]);
  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    joining.value = true;
    await onJoin(name.value.trim());
    joining.value = false;
  };
  return (
    <div class="page">
      <Header>
        {apiKey.value !== undefined && (
          <a class="button quiet" href="#/">
            <Icon name="back" size={18} />
            <span>All rooms</span>
          </a>
        )}
      </Header>
      <main class="lobby">
        <Preview camera={camera} microphone={microphone} name={name.value} />
        <form class="lobby-form" onSubmit={(event) => void onSubmit(event)}>
          <p class="eyebrow">{fixedName === undefined ? 'Join room' : 'You are invited to'}</p>
          <h1 class="lobby-room">{room ?? 'a room'}</h1>
          <div class="field">
            <label for="display-name">Your name</label>
            <input
              id="display-name"
              required
              autofocus={name.peek() === ''}
              maxLength={MAX_NAME}
              autocomplete="name"
              placeholder="What others see"
              data-testid="display-name"
              readOnly={fixedName !== undefined}
              value={name.value}
              onInput={(event) => (name.value = event.currentTarget.value)}
            />
          </div>
          <DeviceChoice device={camera} label="Camera" />
          <DeviceChoice device={microphone} label="Microphone" />
          <button type="submit" class="button primary large wide" disabled={joining.value} data-testid="join">
            {joining.value ? 'Joining…' : 'Join'}
          </button>
        </form>
      </main>
    </div>
  );
}

interface PreviewProps {
  readonly camera: Device;
  readonly microphone: Device;
  readonly name: string;
}

function Preview({ camera, microphone, name }: PreviewProps) {
  const media = camera.media.value;
  return (
    <section class="preview" aria-label="Preview">
      <div class="preview-picture">
        {media ? (
          <Video media={media} mirrored />
        ) : (
          <Avatar name={name}>{name === '' && <Icon name="camera-off" />}</Avatar>
        )}
        {!media && <PreviewState camera={camera} />}
        <div class="preview-controls">
          <DeviceToggle device={microphone} />
          <DeviceToggle device={camera} />
        </div>
        {microphone.media.value && <LevelMeter media={microphone.media.value} />}
      </div>
      {[camera, microphone].map((device) => (
        <DeviceFault key={device.kind} device={device} />
      ))}
    </section>
  );
}

function PreviewState({ camera }: { readonly camera: Device }) {
  if (camera.problem.value) return <></>;
  return <p class="preview-state">{camera.opening.value ? 'Waiting for your camera…' : 'Your camera is off'}</p>;
}

function DeviceToggle({ device }: { readonly device: Device }) {
  const on = device.media.value !== undefined;
  const { kind } = device;
  return (
    <button
      type="button"
      class={`round-button ${on ? '' : 'off'}`}
      aria-pressed={on}
      aria-label={`${on ? 'Turn off' : 'Turn on'} ${kind}`}
      title={`${on ? 'Turn off' : 'Turn on'} ${kind}`}
      onClick={() => void (on ? device.close() : device.open())}
    >
      <Icon name={on ? kind : `${kind}-off`} />
    </button>
  );
}

function DeviceFault({ device }: { readonly device: Device }) {
  if (!device.problem.value) return <></>;
  const { title, detail } = explain(device.kind, device.problem.value);
  return (
    <p class="notice" role="alert" data-testid={`${device.kind}-problem`}>
      <Icon name="warning" size={18} />
      <span>
        <strong>{title}.</strong> {detail}
      </span>
    </p>
  );
}

function DeviceChoice({ device, label }: { readonly device: Device; readonly label: string }) {
  const choices = device.choices.value;
  if (choices.length === 0) return <></>;
  const id = `choose-${device.kind}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} onChange={(event) => void device.open(event.currentTarget.value)}>
        {choices.map(({ deviceId, label: name }, index) => (
          <option key={deviceId} value={deviceId} selected={deviceId === device.chosen.value}>
            {name || `${label} ${index + 1}`}
          </option>
        ))}
      </select>
    </div>
  );
}
