import { isIPv6 } from 'node:net';

/**
 * Replaces what a log line must not carry: tokens and keys whole, network addresses and telephone numbers but for
 * what tells two of them apart.
 */
export function redact(text: string): string {
  return text
    .replace(/\b(mk|sk)_([a-z0-9]+)_[A-Za-z0-9_-]+/g, '$1_$2_…')
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'eyJ…')
    .replace(/([?&](?:access_)?token=)[^&\s"]+/g, '$1…')
    .replace(/\b(\d{1,3})\.\d{1,3}\.\d{1,3}\.(\d{1,3})\b/g, '$1.x.x.$2')
    .replace(/(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])/gi, redactIpv6)
    .replace(/\+?\b\d{5,13}(\d{2})\b(?=@|>|;|$|\s)/g, '…$1');
}

/** Keeps the ends of an address; what only looks like one, as a time of day, stays. */
function redactIpv6(text: string): string {
  return isIPv6(text) ? text.replace(/^([^:]*):.*:([^:]*)$/, '$1:…:$2') : text;
}
