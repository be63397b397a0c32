// Reads the environment of the infoscreen listener (API_BASE_URL and the broker), as a file or in a compose file.

import type { Format } from '../format.ts';
import { readEnv } from '../text/ini.ts';

export const infoscreen: Format = {
  name: 'infoscreen',
  files: 'the environment of the infoscreen listener (API_BASE_URL, MQTT_…)',
  advice: [
    'Stop the listener; the broker, the screens and their topics do not change.',
    'The API may stay too; "camd new infoscreen-server" prints a profile in its place. docs/infoscreen.md explains both.',
  ],
  recognise: ({ text }) => /\bAPI_BASE_URL\s*[=:]/.test(text),
  read([source], draft) {
    const values = readEnv(source?.text ?? '');
    const get = (...names: readonly string[]): string | undefined =>
      names.map((name) => values.get(name)).find((value) => value !== undefined && value !== '');
    const host = get('MQTT_BROKER_HOST', 'MQTT_HOST', 'MQTT_BROKER') ?? '127.0.0.1';
    const written = get('MQTT_URL', 'MQTT_BROKER_URL') ?? (/^mqtts?:\/\//.test(host) ? host : undefined);
    const port = get('MQTT_BROKER_PORT', 'MQTT_PORT') ?? '1883';
    const broker = (written ?? `mqtt://${host.replace(/:\d+$/, '')}:${/^\d{1,5}$/.test(port) ? port : '1883'}`).replace(
      /\/\/[^/@]*@/,
      '//',
    );
    const user = get('MQTT_USERNAME', 'MQTT_USER');
    const password = ['MQTT_PASSWORD', 'MQTT_PASS'].find((name) => values.has(name));
    draft.node('broker', 'mqtt/client', {
      url: draft.text(broker),
      username: user === undefined ? undefined : draft.text(user),
      password: password === undefined ? undefined : draft.secret(password, 'the password at the broker, as before'),
      client_id: 'infoscreen-listener',
      session: 'persistent',
    });
    draft.node('screens', 'source/mqtt', {
      via: 'broker',
      topic: '$share/infoscreen/infoscreen/{camera}/screenshot',
      qos: 1,
    });
    draft.node(
      'spool',
      'store/spool',
      { from: 'screens', path: '/var/lib/camd/spool', max_age: '7d' },
      'Pictures wait here until the API has accepted them.',
    );
    const api = (get('API_BASE_URL') ?? 'http://server:8000').replace(/\/+$/, '').replace(/\/\/[^/@]*@/, '//');
    const url = `${draft.text(api)}/api/clients/{camera}/screenshot`;
    draft.node('api', 'upload/http', {
      from: 'spool',
      url,
      send: 'every',
      body: 'json',
      field: 'image',
      timeout: '10s',
    });
    for (const name of values.keys()) {
      if (!/^(API_BASE_URL|MQTT_\w+)$/.test(name)) draft.note(`the variable ${name}`);
    }
  },
};
