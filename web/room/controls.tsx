import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Icon, type IconName } from '../view/icons.tsx';
import type { Session } from './session.ts';

/** What can be open beside the tiles. */
export type Panel = 'people' | 'invite' | 'live';

interface ControlsProps {
  readonly session: Session;
  readonly panel: Panel | undefined;
  /** Absent for guests, who have no key to broadcast with. */
  readonly live: { readonly onAir: boolean } | undefined;
  readonly attempt: (action: () => Promise<void>) => void;
  readonly onPanel: (panel: Panel) => void;
  readonly onLeave: () => void;
}

/** The bar below the tiles. */
export function Controls({ session, panel, live, attempt, onPanel, onLeave }: ControlsProps) {
  const toggleMicrophone = (): void => attempt(() => session.toggleMicrophone());
  const toggleCamera = (): void => attempt(() => session.toggleCamera());
  useShortcuts({ m: toggleMicrophone, v: toggleCamera });
  const heard = session.microphoneOn.value;
  const seen = session.cameraOn.value;
  const sharing = session.sharing.value;
  return (
    <div class="controls" role="toolbar" aria-label="Call controls">
      <div class="controls-group">
        <Control
          icon={heard ? 'microphone' : 'microphone-off'}
          label={heard ? 'Mute' : 'Unmute'}
          shortcut="m"
          tone={heard ? undefined : 'off'}
          testId="mute"
          onClick={toggleMicrophone}
        />
        <Control
          icon={seen ? 'camera' : 'camera-off'}
          label={seen ? 'Stop camera' : 'Start camera'}
          shortcut="v"
          tone={seen ? undefined : 'off'}
          testId="camera"
          onClick={toggleCamera}
        />
        {'getDisplayMedia' in (navigator.mediaDevices ?? {}) && (
          <Control
            icon="screen"
            label={sharing ? 'Stop sharing' : 'Share screen'}
            tone={sharing ? 'on' : undefined}
            testId="share-screen"
            onClick={() => attempt(() => session.toggleScreen())}
          />
        )}
      </div>
      <div class="controls-group">
        <PanelControl panel="people" icon="people" label="People" open={panel} onPanel={onPanel}>
          <span class="count">{session.tiles.value.filter(({ screen }) => !screen).length}</span>
        </PanelControl>
        <PanelControl panel="invite" icon="invite" label="Invite" open={panel} onPanel={onPanel} />
        {live && (
          <PanelControl panel="live" icon="live" label="Broadcast" open={panel} onPanel={onPanel}>
            {live.onAir && <span class="dot" />}
          </PanelControl>
        )}
      </div>
      <Control icon="leave" label="Leave" tone="leave" testId="leave" onClick={onLeave} />
    </div>
  );
}

interface ControlProps {
  readonly icon: IconName;
  readonly label: string;
  readonly shortcut?: string;
  readonly tone?: 'off' | 'on' | 'leave' | undefined;
  readonly pressed?: boolean;
  readonly testId: string;
  readonly onClick: () => void;
  readonly children?: ComponentChildren;
}

function Control({ icon, label, shortcut, tone, pressed, testId, onClick, children }: ControlProps) {
  return (
    <button
      type="button"
      class={`control ${tone ?? ''}`}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      title={shortcut ? `${label} (${shortcut.toUpperCase()})` : label}
      data-testid={testId}
      onClick={onClick}
    >
      <span class="control-icon">
        <Icon name={icon} size={22} />
        {children}
      </span>
      <span class="control-label">{label}</span>
    </button>
  );
}

interface PanelControlProps {
  readonly panel: Panel;
  readonly icon: IconName;
  readonly label: string;
  readonly open: Panel | undefined;
  readonly onPanel: (panel: Panel) => void;
  readonly children?: ComponentChildren;
}

function PanelControl({ panel, icon, label, open, onPanel, children }: PanelControlProps) {
  return (
    <Control icon={icon} label={label} pressed={open === panel} testId={`open-${panel}`} onClick={() => onPanel(panel)}>
      {children}
    </Control>
  );
}

/** Keys that work wherever nothing is being typed. */
function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, select, textarea, dialog');
      if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      actions[event.key.toLowerCase()]?.();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
}
