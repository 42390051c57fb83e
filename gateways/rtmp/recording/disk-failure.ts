/** Why a recording ended before its program did. */
export class DiskFailure extends Error {
  /** Of the operating system, as `ENOSPC`, or `slow`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Says what went wrong in words for whoever asked for the recording; the path is told to the log alone. */
export function toDiskFailure(cause: unknown): DiskFailure {
  const { code = 'unknown' } = (cause ?? {}) as { readonly code?: string };
  return new DiskFailure(code, `${sentences[code] ?? 'The recording could not be written'} (${code}).`, { cause });
}

const FULL = 'The disk of the recordings is full';
const FORBIDDEN = 'The folder of the recordings cannot be written to';

const sentences: Readonly<Record<string, string>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EROFS: FORBIDDEN,
  ENOTDIR: FORBIDDEN,
};
