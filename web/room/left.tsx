import type { MuonError } from '@muon/client/errors.ts';
import { apiKey } from '../location.ts';
import { Header } from '../view/header.tsx';
import { Icon } from '../view/icons.tsx';

interface LeftProps {
  /** Absent when leaving was a choice. */
  readonly error: MuonError | undefined;
  readonly onRejoin: () => void;
}

/** After the room. */
export function Left({ error, onRejoin }: LeftProps) {
  const gone = error?.code === 'room-not-found';
  return (
    <div class="page">
      <Header />
      <main class="gate">
        <div class="card gate-card" data-testid="left">
          <span class="badge-icon">
            <Icon name={error ? 'warning' : 'sign-out'} size={24} />
          </span>
          <h1>{gone ? 'This room was deleted' : (error?.title ?? 'You left the room')}</h1>
          <p class="lead">{error && !gone ? error.message : 'Your camera and microphone are off.'}</p>
          <div class="gate-actions">
            {!gone && (
              <button type="button" class="button primary" data-testid="rejoin" onClick={onRejoin}>
                Join again
              </button>
            )}
            {apiKey.value !== undefined && (
              <a class="button" href="#/">
                All rooms
              </a>
            )}
          </div>
        </div>
      </main>
    </div>
  );
}
