import * as z from 'zod';

/** A moment as the API shows it: ISO 8601, UTC, milliseconds. */
export const timestamp = z.iso.datetime().meta({ description: 'ISO 8601, UTC.', example: '2026-01-31T09:30:00.000Z' });
