// The configuration that visitors get instead of Moonraker's own: enough for Mainsail to start, without secrets.

export const REDUCED_CONFIG = {
  config: { server: { host: '', port: 7125 }, file_manager: { enable_object_processing: false }, authorization: {} },
  orig: { server: {} },
  files: [],
} as const;
