// Counts the open resources of this process: sockets, servers, watchers and child processes; not the timers and files of a test runner.

const RESOURCES = /^(TCP|Pipe|UDP|FSEvent|Process)(Socket|Server)?Wrap$|^(TCP|UDP|FSEvent|Process)WRAP$/i;

export const held = (): number => process.getActiveResourcesInfo().filter((name) => RESOURCES.test(name)).length;
