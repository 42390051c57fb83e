import type { ComponentChildren } from 'preact';

/** Stands for somebody without a picture: initials on a colour of their own. */
export function Avatar({ name, children }: { readonly name: string; readonly children?: ComponentChildren }) {
  return (
    <div class="avatar" style={`--hue: ${hueOf(name)}`} aria-hidden="true">
      <span>{children || initialsOf(name)}</span>
    </div>
  );
}

/** First letters of the first and the last word. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s_-]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends
    .map((word) => Array.from(word ?? '')[0])
    .join('')
    .toUpperCase();
}

/** A hue from 0 to 359 that belongs to a name. */
export function hueOf(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 360_000;
  // The golden angle keeps the hues of names that are alike apart.
  return Math.round((hash * 137.508) % 360);
}
