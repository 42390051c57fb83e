import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod';
import type { bootSettings } from './host/settings.ts';

/** EC2 takes no more (before base64). */
export const MAX_USER_DATA_BYTES = 16 * 1024;

/** What a host is told when it is first started. None of it is secret: whoever is on the host can read it. */
export interface UserData extends z.input<typeof bootSettings> {
  /** SHA-256 of what it runs. */
  readonly MUON_RELEASE: string;
  /** Under which releases lie by their hash. */
  readonly MUON_RELEASES_URL: string;
}

/** A script that brings the release and sets the host up. */
export function toUserData(settings: UserData): string {
  const told = Object.entries(settings).map(([name, value]) => `export ${name}='${value}'`);
  const boot = readFileSync(join(import.meta.dirname, 'host/boot.sh'), 'utf8');
  return ['#!/bin/bash', ...told, boot].join('\n');
}
