import { signal } from '@preact/signals';
import { MuonError } from '@muon/client/errors.ts';
import { Icon } from './icons.tsx';

interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'bad';
  readonly title: string;
  readonly detail: string | undefined;
}

/** Long enough to read two lines; an error stays longer. */
const SHOWN_MS = { good: 4000, bad: 9000 };

const toasts = signal<readonly Toast[]>([]);
let shown = 0;

/** Tells that something went well. */
export function tell(title: string, detail?: string): void {
  show({ tone: 'good', title, detail });
}

/** Tells what stands in the way. */
export function warn(title: string, detail?: string): void {
  show({ tone: 'bad', title, detail });
}

/** Tells what went wrong, in the words of the API where it has said it. */
export function tellError(error: unknown): void {
  const title = error instanceof MuonError ? error.title : 'Something went wrong';
  warn(title, error instanceof Error && error.message !== title ? error.message : undefined);
}

function show(toast: Omit<Toast, 'id'>): void {
  const id = ++shown;
  // The same thing again says nothing new.
  const others = toasts.value.filter(({ title, detail }) => title !== toast.title || detail !== toast.detail);
  toasts.value = [...others.slice(-2), { ...toast, id }];
  setTimeout(() => dismiss(id), SHOWN_MS[toast.tone]);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, tone, title, detail }) => (
        <div key={id} class={`toast toast-${tone}`} data-testid="toast">
          <Icon name={tone === 'good' ? 'check' : 'warning'} />
          <div class="toast-text">
            <strong>{title}</strong>
            {detail && <span>{detail}</span>}
          </div>
          <button type="button" class="icon-button small" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
