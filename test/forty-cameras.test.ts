// Forty equal cameras in sixty lines: valid, running, and a reload with one line changed touches one of them.

import t from 'tap';
import { camd } from './support/cli.ts';
import { startDaemon } from './support/daemon.ts';

const numbers = Array.from({ length: 40 }, (_, index) => String(index + 1).padStart(2, '0'));

const PROFILE = `camd: 1
templates:
  ip: { use: source/test-pattern, fps: 1, size: "\${var:size}x48" }
pipeline:
${numbers.map((number) => `  cam_${number}: { like: ip, vars: { size: ${64 + 2 * Number(number)} } }`).join('\n')}
  latest: { use: cache/latest, from: "cam_*" }
  web: { use: http/server, listen: "127.0.0.1:0" }
  page: { use: http/viewer, on: web, from: latest }
  snapshot: { use: http/snapshot, on: web, from: latest, path: "/{camera}.jpg" }
`;

t.test('forty cameras are at most sixty lines, and a reload with one line changed touches one camera', async (t) => {
  t.ok(PROFILE.trimEnd().split('\n').length <= 60, `${PROFILE.trimEnd().split('\n').length} lines`);
  const daemon = await startDaemon(t, PROFILE);
  const reload = async (yaml: string): Promise<string> => {
    daemon.write(yaml);
    return (await camd(['reload', '--socket', daemon.socket])).out;
  };
  const origin = await daemon.origin('web');
  t.equal((await fetch(`${origin}/cam_40.jpg`)).status, 200);

  const changed = await reload(PROFILE.replace('vars: { size: 78 }', 'vars: { size: 256 }'));
  t.match(changed, /^replaced {2}cam_07\n( .*\n)*kept {6}43 nodes\n$/);

  const more = PROFILE.replace('  latest:', '  cam_41: { like: ip, vars: { size: 300 } }\n  latest:');
  const added = await reload(more.replace('vars: { size: 78 }', 'vars: { size: 256 }'));
  t.match(added, /^started {3}cam_41\n( .*\n)*re-linked latest\n( .*\n)*kept {6}43 nodes\n$/);
  t.equal((await fetch(`${origin}/cam_41.jpg`)).status, 200);
});
