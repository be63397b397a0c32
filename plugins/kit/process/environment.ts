// The environment of a child process: only variables that programs need, without secrets.

/**
 * Tokens reach camd through its environment (`${env:…}`), and systemd's LISTEN_* and NOTIFY_SOCKET are for camd only
 * (sd_listen_fds(3): unset them before starting others). So a child gets only the variables of a list.
 */
const PASSED =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TERM|DISPLAY|XAUTHORITY|WAYLAND_DISPLAY|SWAYSOCK|XDG_RUNTIME_DIR|XDG_SESSION_TYPE|XDG_CURRENT_DESKTOP|DBUS_SESSION_BUS_ADDRESS|LD_LIBRARY_PATH|LIBCAMERA_\w+|GST_\w+)$/;

export function childEnvironment(
  ours: Readonly<Record<string, string | undefined>>,
  added: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(ours)) {
    if (value !== undefined && PASSED.test(name)) environment[name] = value;
  }
  return { ...environment, ...added };
}
