// The shipped profile of a camera server, with cameras 1, 2 and 7 in its table.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ending, type Running, run } from './harness.ts';
import { hello, type PushCamera, pushCamera, SECRET } from './push-camera.ts';
import { until } from './until.ts';

export const FRONT_END = 'https://front.example';
export const PROFILE = readFileSync('configs/camera-server.yaml', 'utf8');

export interface CameraServer {
  readonly camd: Running;
  /** "http://127.0.0.1:12345". */
  readonly origin: string;
  /** A connected camera that has sent its hello. */
  push(id: number): Promise<PushCamera>;
  sql(text: string): Promise<void>;
  metric(id: string, name: string): number;
}

/** `edit` changes the text of the profile; with `url`, the table is in another database that already has the cameras. */
export async function cameraServer(
  t: Ending,
  edit = (text: string): string => text,
  url?: string,
): Promise<CameraServer> {
  const env = { CAMERA_TOKEN_SECRET: SECRET, LISTEN: '127.0.0.1:0', FRONT_END };
  const text = edit(PROFILE).replace(/sqlite:[^\n]*/, url ?? 'sqlite:cameras.db');
  const camd = await run(t, text, { env });
  const { origin } = camd.port('web', 'server');
  const sql = async (statement: string): Promise<void> => {
    const { default: Sqlite } = await import('libsql');
    const database = new Sqlite(join(camd.folder, 'cameras.db'));
    database.exec(statement);
    database.close();
  };
  await until(
    () =>
      camd
        .port('cameras', 'registry')
        .list()
        .then(
          () => true,
          () => false,
        ),
    'the table',
  );
  if (url === undefined)
    await sql(`insert into camera (id, name, description, last_active) values
    ('1', 'Door', 'The front door', '2023-05-20 12:00:00'), ('2', 'Yard', null, null), ('7', 'Roof', null, null)`);
  return {
    camd,
    origin,
    sql,
    async push(id) {
      const before = camd.status('push').metrics.cameras_connected ?? 0;
      const camera = await pushCamera(t, origin);
      camera.send(...hello(id));
      await until(() => (camd.status('push').metrics.cameras_connected ?? 0) > before, `camera ${id}`);
      return camera;
    },
    metric: (id, name) => camd.status(id).metrics[name] ?? 0,
  };
}
