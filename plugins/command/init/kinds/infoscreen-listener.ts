// The server side of information screens: receives their screenshots from an MQTT broker and uploads them to an API.

import type { Kind } from '../kind.ts';
import { status } from '../pieces.ts';

export const infoscreenListener: Kind = {
  name: 'infoscreen-listener',
  title: 'a listener that receives screenshots of information screens by MQTT and uploads them to an API',
  port: 8001,
  url: {
    question: 'The URL of the MQTT broker',
    fallback: 'mqtt://127.0.0.1:1883',
    schemes: ['mqtt:', 'mqtts:', 'ws:', 'wss:'],
  },
  secrets: [{ name: 'INFOSCREEN_TOKEN', what: 'the token that the API requires' }],
  write: ({ url, listen }) => [
    'pipeline:',
    '  broker:',
    '    use: mqtt/client',
    `    url: '${url}'`,
    `    username: '\${env:MQTT_USERNAME:-}'`,
    `    password: '\${env:MQTT_PASSWORD:-}'`,
    '    client_id: infoscreen-listener         # a different one for each listener; several share the load',
    '    session: persistent                    # the broker keeps messages while this client is disconnected',
    '',
    "  screens: { use: source/mqtt, via: broker, topic: '$share/infoscreen/infoscreen/{camera}/screenshot', qos: 1 }",
    `  spool: { use: store/spool, from: screens, path: '\${env:SPOOL_FOLDER:-spool}', max_age: 7d }`,
    '',
    '  api:',
    '    use: upload/http',
    '    from: spool',
    `    url: '\${env:API_BASE_URL:-http://127.0.0.1:8000}/api/clients/{camera}/screenshot'`,
    '    send: every',
    '    body: json',
    '    field: image',
    '    timeout: 10s',
    `    headers: { Authorization: 'Bearer \${env:INFOSCREEN_TOKEN}' }`,
    '',
    ...status(listen),
  ],
};
