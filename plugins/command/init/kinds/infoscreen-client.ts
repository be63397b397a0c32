// The client on an information screen: publishes a screenshot at an interval by MQTT.

import type { Kind } from '../kind.ts';

export const infoscreenClient: Kind = {
  name: 'infoscreen-client',
  title: 'an information screen that publishes screenshots of itself by MQTT',
  url: {
    question: 'The URL of the MQTT broker',
    fallback: 'mqtt://127.0.0.1:1883',
    schemes: ['mqtt:', 'mqtts:', 'ws:', 'wss:'],
  },
  secrets: [],
  write: ({ url }) => [
    '# SCREEN_ID is the id of this screen at the server; MQTT_USERNAME and MQTT_PASSWORD are for a broker that requires them.',
    'pipeline:',
    "  # Wayland. On X11: command: [import, -silent, -window, root, 'png:-'] of ImageMagick, or [maim, --hidecursor].",
    "  screen: { use: source/exec, command: [grim, '-'], every: 30s, parse: still }",
    '  smaller: { use: transform/image, from: screen, width: 1280, format: jpeg, quality: 70, strip_metadata: true }',
    '',
    '  broker:',
    '    use: mqtt/client',
    `    url: '${url}'`,
    `    username: '\${env:MQTT_USERNAME:-}'`,
    `    password: '\${env:MQTT_PASSWORD:-}'`,
    `    client_id: 'infoscreen-\${env:SCREEN_ID:-lobby}'`,
    `    birth: { topic: 'infoscreen/\${env:SCREEN_ID:-lobby}/status', payload: online, retain: true }`,
    `    will: { topic: 'infoscreen/\${env:SCREEN_ID:-lobby}/status', payload: offline, retain: true }`,
    '',
    '  out:',
    '    use: mqtt/publish',
    '    from: smaller',
    '    via: broker',
    `    topic: 'infoscreen/\${env:SCREEN_ID:-lobby}/screenshot'`,
    '    qos: 1',
    `    heartbeat: { topic: 'infoscreen/\${env:SCREEN_ID:-lobby}/heartbeat', every: 60s }`,
    `    command_topic: 'infoscreen/\${env:SCREEN_ID:-lobby}/command'`,
  ],
};
