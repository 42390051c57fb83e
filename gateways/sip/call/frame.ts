/** Everything is mixed at the rate of G.711; Opus decodes to it and encodes from it by itself. */
export const SAMPLE_RATE = 8000;

/** How often sound moves. */
export const FRAME_MS = 20;

/** Samples that move at a time. */
export const FRAME_SAMPLES = (SAMPLE_RATE * FRAME_MS) / 1000;
