import type { Egress } from '@muon/contract/egress.ts';
import type { Recording } from '@muon/contract/recording.ts';
import { PanelView } from '../room/panel.tsx';
import { CopyField } from '../view/copy.tsx';
import { Icon } from '../view/icons.tsx';
import { tellError } from '../view/toasts.tsx';
import type { Broadcast } from './broadcast.ts';
import { Player } from './player.tsx';

interface LivePanelProps {
  readonly broadcast: Broadcast;
  readonly onClose: () => void;
}

/** Puts the room on air, and shows what viewers see. */
export function LivePanel({ broadcast, onClose }: LivePanelProps) {
  return (
    <PanelView title="Broadcast" onClose={onClose}>
      <Status egress={broadcast.egress.value} />
      <Recordings recordings={broadcast.egress.value?.recordings ?? []} />
      {broadcast.running.value ? <Running broadcast={broadcast} /> : <Idle broadcast={broadcast} />}
    </PanelView>
  );
}

const words: Readonly<Record<Egress['status'] | 'idle', string>> = {
  idle: 'Off air',
  starting: 'Starting',
  active: 'Live',
  stopped: 'Ended',
  failed: 'Failed',
};

function Status({ egress }: { readonly egress: Egress | undefined }) {
  const status = egress?.status ?? 'idle';
  return (
    <p class={`live-status ${status}`} role="status" data-testid="live-status" data-status={status}>
      <span class="live-dot" aria-hidden="true" />
      {words[status]}
      {egress?.reason && <span class="live-reason">{egress.reason}</span>}
    </p>
  );
}

function Idle({ broadcast }: { readonly broadcast: Broadcast }) {
  return (
    <section class="panel-section">
      <p class="muted-text">
        Everybody in the room becomes one picture with one sound. Viewers play it as HLS a second or two behind; a CDN
        pulls it over RTMP.
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={broadcast.record.value}
          data-testid="record"
          onChange={(event) => (broadcast.record.value = event.currentTarget.checked)}
        />
        Record it as MP4
      </label>
      <button
        type="button"
        class="button live wide"
        disabled={broadcast.busy.value}
        data-testid="go-live"
        onClick={() => void broadcast.start().catch(tellError)}
      >
        <Icon name="live" size={18} />
        <span>{broadcast.busy.value ? 'Going live…' : 'Go live'}</span>
      </button>
    </section>
  );
}

function Running({ broadcast }: { readonly broadcast: Broadcast }) {
  const playlistUrl = broadcast.playlistUrl.value;
  const pullUrl = broadcast.pullUrl.value;
  return (
    <>
      {broadcast.onAir.value && playlistUrl ? <Player url={playlistUrl} /> : <Starting />}
      <section class="panel-section">
        {playlistUrl && <CopyField label="HLS playlist" value={playlistUrl} testId="playlist-url" />}
        {pullUrl && (
          <CopyField
            label="RTMP pull address"
            value={pullUrl}
            hint="Its token admits whoever has it."
            testId="pull-url"
          />
        )}
        <button
          type="button"
          class="button wide"
          disabled={broadcast.busy.value}
          data-testid="stop-live"
          onClick={() => void broadcast.stop().catch(tellError)}
        >
          <Icon name="stop" size={18} />
          <span>{broadcast.busy.value ? 'Ending…' : 'End broadcast'}</span>
        </button>
      </section>
    </>
  );
}

function Recordings({ recordings }: { readonly recordings: readonly Recording[] }) {
  return (
    <>
      {recordings.map(({ id, status, reason, url, location, deletedAt }) => (
        <p key={id} class="muted-text" data-testid="recording" data-status={status}>
          {status === 'recording' && 'Recording…'}
          {deletedAt !== undefined && 'The recording was deleted.'}
          {status === 'failed' && `The recording failed: ${reason ?? ''} `}
          {url ? <a href={url}>Download the recording</a> : location}
        </p>
      ))}
    </>
  );
}

function Starting() {
  return (
    <div class="player">
      <p class="player-state">
        <span class="spinner" aria-hidden="true" />
        Setting up the program…
      </p>
    </div>
  );
}
