// Texts that several pages share, in English.

export const en = {
  now: 'now',
  seconds: (count: number) => `${count} s`,
  minutes: (count: number) => `${count} min`,
  hours: (count: number) => `${count} h`,
  days: (count: number) => `${count} d`,
  ago: (age: string) => `${age} ago`,
  heartbeatNow: 'heartbeat now',
  heartbeat: (age: string) => `heartbeat ${age} ago`,
  copy: 'Copy',
  copied: 'Copied',
  close: 'Close',
  cancel: 'Cancel',
};

export type SharedWords = typeof en;
