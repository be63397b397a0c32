// http/moonraker-webcam: creates and corrects its own entry, and leaves other entries unchanged.

import t from 'tap';
import { planEntry } from '../../../plugins/http/moonraker-webcam/entry.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { moonraker } from '../../support/moonraker.ts';
import { until } from '../../support/until.ts';

const profile = (url: string, stream: string, more = '') => dedent`
  camd: 1
  pipeline:
    nozzle: { use: http/moonraker-webcam, moonraker: "${url}", stream_url: "${stream}", check: 1s ${more} }
`;

t.test('an entry is created, updated with the profile and found again after a restart of either side', async (t) => {
  const printer = await moonraker(t);
  const other = { name: 'other', uid: 'o', source: 'database', stream_url: '/x', extra_data: {} };
  printer.webcams.push({ ...other }, { name: 'fixed', uid: 'f', source: 'config', stream_url: '/y' });

  const camd = await run(t, profile(printer.url, 'http://cam/a'));
  await camd.state('nozzle', 'running');
  const made = { ...printer.webcams[2] };
  await camd.reload(profile(printer.url, 'http://cam/b', ', rotation: 180'));
  await until(() => printer.webcams[2]?.stream_url === 'http://cam/b', 'the change');
  await camd.stop();
  const again = await run(t, profile(printer.url, 'http://cam/b', ', rotation: 180'));
  await again.state('nozzle', 'running');
  const posts = printer.requests.filter(({ method }) => method === 'POST').length;
  printer.webcams.splice(2, 1);
  await until(() => printer.webcams.length === 3, 'the lost entry to be created again');

  t.match(made, {
    name: 'nozzle',
    stream_url: 'http://cam/a',
    service: 'mjpegstreamer',
    enabled: true,
    extra_data: { camd: 'nozzle' },
  });
  t.match(printer.webcams[2], { stream_url: 'http://cam/b', rotation: 180 });
  t.equal(posts, 2, 'created once, changed once');
  t.strictSame(printer.webcams[0], other, 'other entries are unchanged');
  t.equal(printer.requests.filter(({ method }) => method === 'DELETE').length, 0);
});

t.test('an entry of another owner with the same name stays unchanged, and the node reports the conflict', async (t) => {
  const printer = await moonraker(t);
  printer.webcams.push({ name: 'nozzle', uid: 'o', source: 'config', stream_url: '/x' });

  const camd = await run(t, profile(printer.url, 'http://cam/a'));
  const reason = await until(() => {
    const { state } = camd.status('nozzle');
    return state.is === 'degraded' && /already/.test(state.why) && state.why;
  }, 'the reason');

  t.match(reason, /already has a webcam "nozzle", in moonraker\.conf; camd does not change it/);
  t.strictSame(printer.webcams, [{ name: 'nozzle', uid: 'o', source: 'config', stream_url: '/x' }]);
});

t.test('the node waits for a Moonraker that is away or needs a key', async (t) => {
  const printer = await moonraker(t);
  printer.key = 'right';
  const camd = await run(t, profile(printer.url, 'http://cam/a', ', api_key: "${env:KEY}"'), { env: { KEY: 'wrong' } });
  await until(() => camd.lines.some(({ why }) => /set its API key/.test(String(why))), 'the refusal');

  printer.key = 'wrong';
  await camd.state('nozzle', 'running');
  printer.close();
  await until(() => camd.status('nozzle').state.is === 'degraded', 'the node to be degraded');
  const back = await moonraker(t, printer.port);
  back.key = 'wrong';
  await camd.state('nozzle', 'running');

  t.match(back.webcams, [{ name: 'nozzle' }]);
  t.notOk(JSON.stringify(camd.lines).includes('"wrong"'));
});

t.test('a malformed list of webcams causes no request', async (t) => {
  const wanted = { owner: 'a', fields: { name: 'a', stream_url: '/s' } };
  const list = (...webcams: unknown[]) => planEntry({ result: { webcams } }, wanted);

  for (const answer of [undefined, null, [], {}, { result: 1 }, { result: { webcams: {} } }])
    t.equal(planEntry(answer, wanted), undefined);
  t.match(list(), { is: 'post', body: { name: 'a', extra_data: { camd: 'a' } } });
  t.match(list({ name: 'a', stream_url: '/s', uid: 1, source: 'database', extra_data: { camd: 'a' } }), {
    is: 'right',
  });
  t.match(list({ name: 'old', stream_url: '/s', uid: 1, source: 'database', extra_data: { camd: 'a' } }), {
    is: 'post',
    body: { uid: 1, name: 'a' },
  });
  t.match(list({ name: 'a', source: 'database', extra_data: { camd: 'b' } }), { is: 'taken' });
  t.match(list(7, null, 'x'), { is: 'post' });
});
