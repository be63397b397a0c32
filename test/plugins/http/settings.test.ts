// http/settings over HTTP: permissions, the Snapshot Server's forms, both texts of a conflict, and masked secrets.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import type { ProfileEdit } from '../../../core/contract/plugin.ts';
import { MAX_BODY } from '../../../plugins/http/settings/request.ts';
import { startDaemon } from '../../support/daemon.ts';
import { dedent } from '../../support/dedent.ts';
import { fakeSystemctl } from '../../support/fake-systemctl.ts';
import { fakeCameras } from '../../support/fake-v4l2.ts';
import { type Ending, type Running, run } from '../../support/harness.ts';

const PASSWORD = 'open-sesame-42';
const AUTH = `, auth: { basic: { users: { anna: ${PASSWORD} } }, bearer: { tokens: [0123456789abcdef] }, public: ['/*'] }`;
const UNIT = 'streamer.service';

const profile = (left: string, right: string, auth = AUTH): string => dedent`
  camd: 1
  control: false
  pipeline:
    eyes:                        # on the mast
      use: source/v4l2
      mode: still
      width: 640
      height: 480
      cameras:
        left: { device: ${left}, stereo: true,   interrupts: streamer }   # old
        right: { device: ${right}, stereo: true }
    streamer: { use: service/systemd, unit: ${UNIT} }
    tagged: { use: transform/exif, from: eyes, offsets: { left: { roll: 1.5 } } }
    disk: { use: store/disk, from: tagged, path: pictures, latest_as: none, min_free: 0B }
    web: { use: http/server, listen: 127.0.0.1:0${auth} }
    api: { use: http/snapshot-api, on: web, from: disk, cameras: [eyes, tagged], services: streamer }
    settings: { use: http/settings, on: web, nodes: [eyes, tagged], services: streamer }
`;

const ANNA = `Basic ${Buffer.from(`anna:${PASSWORD}`).toString('base64')}`;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: {
    readonly ok?: boolean;
    readonly reason?: string;
    readonly message?: string;
    readonly token: string;
    readonly revision: string;
    readonly note?: string;
    readonly nodes: readonly { readonly id: string; readonly options: unknown }[];
    readonly files: readonly { readonly path: string; readonly before: string; readonly after: string }[];
    readonly problems: readonly { readonly message: string }[];
  };
}

/** fetch cannot set the headers that name the origin of a request. */
function ask(url: string, headers: Record<string, string> = { authorization: ANNA }, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method: body === undefined ? 'GET' : 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        const json = /json/.test(response.headers['content-type'] ?? '') ? JSON.parse(text) : {};
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    sent.on('error', reject).end(body);
  });
}

interface Site {
  readonly camd: Running;
  readonly url: string;
  readonly yaml: string;
  readonly file: string;
  text(): string;
  /** Sends a change like the page, as the user anna. */
  change(
    edits: readonly ProfileEdit[],
    more?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  form(at: string, fields: Record<string, string>): Promise<Answer>;
}

async function site(t: Ending, make: typeof profile = profile): Promise<Site> {
  fakeSystemctl(t, { [UNIT]: 'active' });
  const cameras = await fakeCameras(t);
  const yaml = make(cameras.plug('left'), cameras.plug('right'));
  const camd = await run(t, yaml);
  const url = `${camd.port('web', 'server').origin}/settings`;
  const file = join(camd.folder, 'profile.yaml');
  const form = async (at: string, fields: Record<string, string>): Promise<Answer> => {
    const { token } = (await ask(`${url}/state`)).json;
    return ask(`${url}/${at}`, { authorization: ANNA }, new URLSearchParams({ token, ...fields }).toString());
  };
  return {
    camd,
    url,
    yaml,
    file,
    text: () => readFileSync(file, 'utf8'),
    form,
    async change(edits, more = {}, headers = {}) {
      const { token, revision } = (await ask(`${url}/state`)).json;
      return ask(
        `${url}/change`,
        { authorization: ANNA, ...headers },
        JSON.stringify({ token, revision, edits, ...more }),
      );
    },
  };
}

const width = (value: number, camera = 'left'): ProfileEdit => ({
  is: 'set',
  node: 'eyes',
  option: 'cameras',
  inside: [camera, 'width'],
  value,
});

t.test('a server without users and tokens is refused at validation', async (t) => {
  fakeSystemctl(t, { [UNIT]: 'active' });
  const cameras = await fakeCameras(t);

  for (const auth of ['', ", auth: { public: ['/*'] }"]) {
    await t.rejects(run(t, profile(cameras.plug(`a${auth.length}`), cameras.plug(`b${auth.length}`), auth)), {
      message: /a page that changes the profile requires a server with users or tokens; add "auth" to web/,
    });
  }
});

t.test('the page needs credentials, although the server has public paths', async (t) => {
  const { camd, url } = await site(t);

  for (const at of ['', '/', '/settings.js', '/settings.css', '/state', '/devices']) {
    t.equal((await ask(url + at, {})).status, 401, at);
    t.equal((await ask(url + at)).status, 200, at);
  }
  for (const at of ['/change', '/add', '/delete/left']) t.equal((await ask(url + at, {}, '{}')).status, 401, at);
  t.equal((await ask(`${url}/state`, { authorization: 'Bearer 0123456789abcdef' })).status, 200);
  t.equal((await ask(`${camd.port('web', 'server').origin}/api/cameras`, {})).status, 200, 'the rest is public');
});

t.test(
  'a change is saved as it was previewed; the log names the user, and the rest of the file stays unchanged',
  async (t) => {
    const { camd, change, yaml, text, file } = await site(t);
    const offset: ProfileEdit = { is: 'set', node: 'tagged', option: 'offsets', inside: ['right', 'yaw'], value: -2 };

    const preview = await change([width(320), offset], { preview: true });
    t.equal(text(), yaml);
    const saved = await change([width(320), offset]);

    const meant = yaml
      .replace('interrupts: streamer }', 'interrupts: streamer, width: 320 }')
      .replace('left: { roll: 1.5 }', 'left: { roll: 1.5 }, right: { yaw: -2 }');
    t.equal(preview.status, 200);
    t.equal(saved.status, 200);
    t.equal(text(), meant);
    t.equal(readFileSync(`${file}.bak`, 'utf8'), yaml);
    const open = (text = ''): string => text.replace(/^ {2}web: .*$/m, '');
    t.equal(open(preview.json.files[0]?.after), open(meant));
    t.match(
      camd.lines.filter(({ msg }) => msg === 'profile changed'),
      [{ by: 'anna from 127.0.0.1', edits: ['eyes.cameras.left.width = 320', 'tagged.offsets.right.yaw = -2'] }],
    );
    const cameras = (await ask(`${camd.port('web', 'server').origin}/api/cameras`, {})).text;
    t.match(JSON.parse(cameras), [
      { name: 'left', width: 320 },
      { name: 'right', yaw_offset: -2 },
    ]);
  },
);

t.test('another site, another origin, no token, another user’s token: refused, and nothing changes', async (t) => {
  const { change, url, yaml, text } = await site(t);
  const bearer = { authorization: 'Bearer 0123456789abcdef' };
  const theirs = (await ask(`${url}/state`, bearer)).json.token;

  t.equal((await change([width(320)], {}, { 'sec-fetch-site': 'cross-site' })).status, 403);
  t.equal((await change([width(320)], {}, { 'sec-fetch-site': 'same-site' })).status, 403);
  t.equal((await change([width(320)], {}, { origin: 'http://elsewhere.example' })).status, 403);
  t.equal((await ask(`${url}/state`, { authorization: ANNA, origin: 'http://elsewhere.example' })).status, 403);
  t.equal((await ask(`${url}/devices`, { authorization: ANNA, 'sec-fetch-site': 'cross-site' })).status, 403);
  t.equal((await change([width(320)], { token: '' })).status, 403);
  t.equal((await change([width(320)], { token: theirs })).status, 403);
  t.equal((await change([width(320)], { token: 7 })).status, 400);
  const form = await ask(`${url}/add`, { authorization: ANNA }, 'name=top&device_path=/dev/video9');
  t.equal(form.status, 403);
  t.equal(text(), yaml);

  const own = { origin: new URL(url).origin, 'sec-fetch-site': 'same-origin' };
  t.equal((await change([width(320)], {}, own)).status, 200);
});

t.test('an origin that the server permits for other requests may not change the profile', async (t) => {
  const origin = 'https://mainsail.local';
  const { change, url, yaml, text } = await site(t, (left, right) =>
    profile(left, right, `, cors: { origins: ['${origin}'] }${AUTH}`),
  );

  t.equal((await change([width(320)], {}, { origin })).status, 403);
  t.equal((await ask(`${url}/state`, { authorization: ANNA, origin })).status, 403);
  t.equal(text(), yaml);
});

t.test('unlisted options and devices that are not cameras are refused with 403', async (t) => {
  const { change, yaml, text } = await site(t);
  const set = (node: string, option: string, value: string, inside: string[] = []): ProfileEdit => ({
    is: 'set',
    node,
    option,
    inside,
    value,
  });
  const refused: ProfileEdit[] = [
    set('eyes', 'use', 'source/exec'),
    set('eyes', 'mode', 'always'),
    set('eyes', 'cameras', '/dev/watchdog', ['left', 'device']),
    set('eyes', 'cameras', '/dev/video0/../watchdog', ['left', 'device']),
    set('tagged', 'software', 'x'),
    set('web', 'listen', ':80'),
    set('streamer', 'unit', 'sshd.service'),
    set('settings', 'nodes', 'web'),
    { is: 'remove', node: 'streamer' },
    { is: 'add', node: 'shell', like: 'streamer', options: {} },
  ];

  for (const edit of refused) {
    const { status, json } = await change([edit]);
    t.match({ status, json }, { status: 403, json: { ok: false, reason: 'forbidden' } }, JSON.stringify(edit));
  }
  const unit = await change([set('eyes', 'cameras', 'sshd.service', ['left', 'interrupts'])]);
  t.match(unit, { status: 422, json: { reason: 'invalid' } }, 'a unit that the profile does not name');
  t.equal(text(), yaml);
});

t.test('malformed changes and bodies that are too large are refused', async (t) => {
  const { change, url } = await site(t);
  const send = async (body: string): Promise<number> => (await ask(`${url}/change`, undefined, body)).status;
  let deep: unknown = 1;
  for (let depth = 0; depth < 10; depth++) deep = [deep];

  t.equal(await send('no json'), 400);
  t.equal(await send('[]'), 400);
  t.equal(await send('{"token":"","revision":"","edits":[{"is":"set"}]}'), 400);
  t.equal((await change([{ is: 'set', node: 'eyes', option: 'width', value: deep as number }])).status, 400);
  t.equal(await send('x'.repeat(MAX_BODY + 1)), 413);
});

t.test('a change to an invalid profile is not written, with the same reason as camd validate', async (t) => {
  const { change, yaml, text } = await site(t);

  const size = await change([width(3)]);
  const name = await change([
    { is: 'set', node: 'eyes', option: 'cameras', inside: ['all'], value: { device: '/dev/video9' } },
  ]);

  t.match(size, { status: 422, json: { reason: 'invalid', problems: [{ message: /16/ }] } });
  t.match(name, { status: 422, json: { problems: [{ message: /A camera is called "all"/ }] } });
  t.equal(text(), yaml);
});

t.test('a file that has changed meanwhile gives 409 with both texts, without a secret', async (t) => {
  const { camd, change, url, file, yaml, text } = await site(t);
  const { revision } = (await ask(`${url}/state`)).json;
  const theirs = yaml.replace('# old', '# theirs');
  writeFileSync(file, theirs);

  const conflict = await change([width(320)], { revision });

  t.equal(conflict.status, 409);
  t.match(conflict.json, { reason: 'stale', files: [{ before: /# theirs/, after: /width: 320 \} {3}# theirs/ }] });
  t.notMatch(conflict.text, PASSWORD);
  t.equal(text(), theirs);
  t.match(
    camd.lines.find(({ msg }) => msg === 'a change of the profile was refused'),
    { by: 'anna from 127.0.0.1', reason: 'stale' },
  );
});

t.test('no answer and no log line contains a secret', async (t) => {
  const { camd, change, form, url } = await site(t);

  const answers = [
    await ask(`${url}/state`),
    await change([width(320)], { preview: true }),
    await change([width(320)]),
    await change([width(3)]),
    await form('add', { name: 'top', device_path: '/dev/video9' }),
    await ask(url),
  ];

  for (const { text } of answers) t.notMatch(text, new RegExp(`${PASSWORD}|0123456789abcdef`));
  t.notMatch(JSON.stringify(camd.lines), new RegExp(`${PASSWORD}|0123456789abcdef`));
});

t.test("the original's forms add and delete a camera, with a message on the page afterwards", async (t) => {
  const { form, url, yaml, text } = await site(t);
  const top = {
    name: 'top',
    device_path: '/dev/video9',
    type: 'stream_interrupt',
    service_name: 'streamer',
    width: '1280',
    height: '720',
    pixel_format: 'yuyv',
    stereo: 'on',
    roll_offset: '0.5',
    pitch_offset: '0',
    yaw_offset: '',
  };

  const added = await form('add', top);
  t.match(added, { status: 302, headers: { location: '/settings' } });
  const [cookie = ''] = String(added.headers['set-cookie']).split(';');
  t.match(String(added.headers['set-cookie']), /HttpOnly; SameSite=Strict/);
  t.equal((await ask(`${url}/state`, { authorization: ANNA, cookie })).json.note, 'The profile was changed.');
  t.equal((await ask(`${url}/state`, { authorization: ANNA, cookie })).json.note, undefined, 'once');
  t.match(
    text(),
    'top: { device: /dev/video9, width: 1280, height: 720, format: YUYV, stereo: true, interrupts: streamer }',
  );
  t.match(text(), 'offsets: { left: { roll: 1.5 }, top: { roll: 0.5 } }');

  t.match(await form('delete/top', {}), { status: 302, headers: { location: '/settings' } });
  t.equal(text(), yaml);

  const note = async (at: string, fields: Record<string, string>): Promise<string | undefined> => {
    const sent = String((await form(at, fields)).headers['set-cookie']).split(';')[0] ?? '';
    return (await ask(`${url}/state`, { authorization: ANNA, cookie: sent })).json.note;
  };
  t.equal(await note('add', { ...top, name: 'left' }), 'There is a camera left already.');
  t.match(await note('add', { ...top, service_name: 'sshd' }), /The profile has no service sshd/);
  t.match(await note('add', { ...top, device_path: '/etc/passwd' }), /cannot be set .* from a page/);
  t.match(await note('add', { ...top, width: 'wide' }), /width/);
  t.equal(await note('delete/nobody', {}), 'There is no camera nobody.');
  t.equal(text(), yaml);
});

t.test('the last camera is not deleted', async (t) => {
  const { change, text } = await site(t);
  const gone = (name: string): ProfileEdit => ({ is: 'unset', node: 'eyes', option: 'cameras', inside: [name] });

  t.equal((await change([gone('right')])).status, 200);
  const before = text();
  t.match(await change([gone('left')]), { status: 422, json: { message: /needs "device", or "cameras"/ } });
  t.equal(text(), before);
});

t.test('if camd may not write to the folder, the response reports it and contains the text to insert', async (t) => {
  // Root may write everywhere, so camd runs as another user.
  const cameras = await fakeCameras(t);
  chmodSync(cameras.folder, 0o755);
  const yaml = dedent`
    camd: 1
    control: false
    pipeline:
      eyes: { use: source/v4l2, mode: still, device: ${cameras.plug('left')} }
      latest: { use: cache/latest, from: eyes }
      web: { use: http/server, listen: 127.0.0.1:0, auth: { basic: { users: { anna: ${PASSWORD} } } } }
      settings: { use: http/settings, on: web, nodes: eyes }
  `;
  const shell = process.getuid?.() === 0 ? 'exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' : undefined;
  const camd = await startDaemon(t, yaml, {
    env: { XDG_RUNTIME_DIR: '' },
    ...(shell === undefined ? {} : { shell: `chmod 0555 "$(dirname "$0")"; ${shell}` }),
  });
  const url = `${await camd.origin('web')}/settings`;
  const { token, revision } = (await ask(`${url}/state`)).json;
  const edits: ProfileEdit[] = [{ is: 'set', node: 'eyes', option: 'width', value: 320 }];

  const answer = await ask(`${url}/change`, undefined, JSON.stringify({ token, revision, edits }));

  t.match(answer, { status: 503, json: { reason: 'read-only', message: /camd may not write .*profile\.yaml/ } });
  t.match(answer.json.files, [{ before: /device: [^,]*left \}/, after: /left, width: 320 \}/ }]);
  t.equal(readFileSync(camd.file, 'utf8'), yaml);
});
