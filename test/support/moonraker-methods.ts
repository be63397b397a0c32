// Moonraker's JSON-RPC methods in two lists independent of camd's: methods that read, and methods that control or reveal secrets.

const list = (prefix: string, names: string): string[] => names.split(' ').map((name) => `${prefix}.${name}`);

export const ALLOWED: readonly string[] = [
  ...list('server', 'info connection.identify websocket.id temperature_store gcode_store'),
  ...list('printer', 'info objects.list objects.query objects.subscribe gcode.help'),
  ...list('machine', 'system_info proc_stats peripherals.usb peripherals.serial peripherals.video peripherals.canbus'),
  ...list('machine', 'update.status device_power.devices device_power.status device_power.get_device'),
  ...list('machine', 'wled.strips wled.status wled.get_strip timelapse.get_settings timelapse.lastframeinfo'),
  ...list('server.files', 'list roots metadata thumbnails get_directory'),
  ...list('server', 'history.list history.totals history.get_job job_queue.status'),
  ...list('server', 'announcements.list announcements.feeds webcams.list webcams.get_item'),
  ...list('server', 'sensors.list sensors.info sensors.measurements spoolman.status spoolman.get_spool_id'),
  ...list('server', 'notifiers.list extensions.list analysis.status database.list database.get_item'),
  ...list('access', 'info get_user'),
];

export const DENIED: readonly string[] = [
  ...list('printer.gcode', 'script restart firmware_restart'),
  ...list('printer', 'emergency_stop restart firmware_restart print.start print.pause print.resume print.cancel'),
  ...list('printer', 'pause_resume.pause pause_resume.resume pause_resume.cancel query_endstops.status'),
  ...list('machine', 'shutdown reboot services.restart services.stop services.start sudo.password'),
  ...list('machine.update', 'refresh upgrade recover rollback full moonraker klipper client system'),
  ...list('machine', 'device_power.post_device device_power.on device_power.off'),
  ...list('machine.wled', 'on off toggle post_strip'),
  ...list('machine.timelapse', 'post_settings saveframes render'),
  ...list('server', 'restart logs.rollover'),
  ...list('server.files', 'metascan post_directory delete_directory move copy zip delete_file'),
  ...list('server.database', 'post_item delete_item compact post_backup delete_backup restore'),
  ...list('server.job_queue', 'post_job delete_job pause start jump'),
  ...list('server.history', 'delete_job reset_totals'),
  ...list('server.announcements', 'update dismiss post_feed delete_feed'),
  ...list('server.webcams', 'post_item delete_item test'),
  ...list('server', 'spoolman.post_spool_id spoolman.proxy mqtt.publish mqtt.subscribe extensions.request'),
  ...list('server.analysis', 'estimate process dump_config'),
  ...list('connection', 'register_remote_method send_event'),
  ...list(
    'access',
    'login logout post_user delete_user users.list user.password refresh_jwt oneshot_token get_api_key post_api_key',
  ),
  ...list('debug', 'database.list database.get_item notifiers.test'),
  'api.anything',
  'a.name.of.tomorrow',
];
