// What this process holds open: sockets, servers, watchers and child processes; timers and files of a test runner come and go.

const RESOURCES = /^(TCP|Pipe|UDP|FSEvent|Process)(Socket|Server)?Wrap$|^(TCP|UDP|FSEvent|Process)WRAP$/i;

export const held = (): number => process.getActiveResourcesInfo().filter((name) => RESOURCES.test(name)).length;
