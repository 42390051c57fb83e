import type { Load } from './model.ts';

const common = {
  usedShare: 0.5,
  minutesPerParticipant: 30,
  viewersPerParticipant: 0,
  viewerMbps: 0,
};

/** The loads of the sheet. */
export const loads: readonly Load[] = [
  { ...common, name: 'Calls of two, video', downlinkMbps: 1.5, participantsPerCore: 150, participantsPerRoom: 2 },
  { ...common, name: 'Meetings of eight, video', downlinkMbps: 2.5, participantsPerCore: 60, participantsPerRoom: 8 },
  { ...common, name: 'Meetings of eight, audio', downlinkMbps: 0.15, participantsPerCore: 250, participantsPerRoom: 8 },
  {
    ...common,
    name: 'Talks of eight, with 100 viewers each over HLS',
    downlinkMbps: 2.5,
    participantsPerCore: 60,
    participantsPerRoom: 8,
    viewersPerParticipant: 12.5,
    viewerMbps: 2.5,
  },
];
