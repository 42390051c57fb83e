import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { tell, warn } from './toasts.tsx';

/** How long the check mark stays. */
const CONFIRMED_MS = 1600;

/** Copies to the clipboard and says so. Pages that are not secure have none: then the text is shown to be copied by hand. */
export async function copy(text: string, what: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    tell(`${what} copied`);
    return true;
  } catch {
    warn('This page may not copy', `Select the text and copy it yourself: ${text}`);
    return false;
  }
}

interface CopyFieldProps {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly testId?: string;
}

/** An address, to be read and copied. */
export function CopyField({ label, value, hint, testId }: CopyFieldProps) {
  const id = useId();
  const copied = useSignal(false);
  const onClick = async (): Promise<void> => {
    copied.value = await copy(value, label);
    setTimeout(() => (copied.value = false), CONFIRMED_MS);
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="copy-field">
        <input id={id} readOnly value={value} data-testid={testId} onFocus={(event) => event.currentTarget.select()} />
        <button type="button" class="icon-button" aria-label={`Copy ${label}`} onClick={() => void onClick()}>
          <Icon name={copied.value ? 'check' : 'copy'} size={18} />
        </button>
      </div>
      {hint && <p class="hint">{hint}</p>}
    </div>
  );
}
