// `camd graph`, and its diagrams: escaping in each diagram language, and shared nodes in the text tree.

import t from 'tap';
import type { NodeSpec, Reference } from '../../../core/profile/profile.ts';
import { dot } from '../../../plugins/command/graph/dot.ts';
import { mermaid } from '../../../plugins/command/graph/mermaid.ts';
import type { Picture } from '../../../plugins/command/graph/picture.ts';
import { pictureOf } from '../../../plugins/command/graph/picture.ts';
import { tree } from '../../../plugins/command/graph/tree.ts';
import { camd, folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';

const place = { file: '/p.yaml', line: 1, column: 1, length: 1 };

function spec(id: string, use: string, references: readonly Reference[], rest: Partial<NodeSpec> = {}): NodeSpec {
  return {
    id,
    use,
    options: {},
    parse: undefined,
    provides: [],
    exclusive: false,
    references,
    claims: [],
    routes: [],
    place,
    ...rest,
  };
}

function reference(option: string, to: readonly string[], port: 'frames' | 'stills' | 'server'): Reference {
  return { option, to, ports: [port], delivery: undefined, places: to.map(() => place) };
}

function shop(): Picture {
  return pictureOf([
    spec('door', 'source/tcp', []),
    spec('till', 'source/tcp', []),
    spec('latest', 'cache/latest', [reference('from', ['door', 'till'], 'frames')]),
    spec('web', 'http/server', [], { claims: [{ kind: 'address', name: '127.0.0.1:8080', place }] }),
    spec('stream', 'http/stream', [reference('on', ['web'], 'server'), reference('from', ['latest'], 'stills')], {
      routes: [{ server: 'web', path: '/{camera}.mjpg', page: false, place }],
    }),
  ]);
}

t.test('the tree shows frame connections and dependencies, and each branch once', async (t) => {
  t.equal(
    tree(shop()),
    dedent`
      door  source/tcp
      └─ latest  cache/latest
         └─ stream  http/stream  on web  /{camera}.mjpg
      till  source/tcp
      └─ latest  (above)

      web  http/server  127.0.0.1:8080
    `,
  );
});

t.test('mermaid draws frames solid and the rest dashed, and escapes its special characters', async (t) => {
  t.equal(
    mermaid(shop()),
    dedent`
      flowchart LR
        n1(["<b>door</b><br>source/tcp"])
        n2(["<b>till</b><br>source/tcp"])
        n3[("<b>latest</b><br>cache/latest")]
        n4["<b>web</b><br>http/server<br>127.0.0.1:8080"]
        n5["<b>stream</b><br>http/stream<br>/#123;camera#125;.mjpg"]
        n1 --> n3
        n2 --> n3
        n3 --> n5
        n5 -.->|on| n4
    `,
  );
});

t.test('dot quotes ids and labels', async (t) => {
  const text = dot(
    pictureOf([spec('a"b', 'x\\y', []), spec('c', 'transform/x', [reference('only', ['a"b'], 'server')])]),
  );

  t.match(text, '"a\\"b" [label="a\\"b\\nx\\\\y"];');
  t.match(text, '"c" -> "a\\"b" [style=dashed, label="only"];');
});

const GOOD = dedent`
  camd: 1
  vars: { stale: 20s }
  pipeline:
    camera: { use: source/test-pattern }
    latest: { use: cache/latest, from: camera, stale_after: "\${var:stale}" }
    web: { use: http/server, listen: 127.0.0.1:8080 }
    snapshot: { use: http/snapshot, on: web, from: latest, path: /snapshot.jpg }
`;

t.test('graph draws text, mermaid and dot', async (t) => {
  const cwd = folderWith(t, { 'good.yaml': GOOD });

  t.equal(
    (await camd(['graph', 'good.yaml'], { cwd })).out,
    dedent`
      camera  source/test-pattern
      └─ latest  cache/latest
         └─ snapshot  http/snapshot  on web  /snapshot.jpg

      web  http/server  127.0.0.1:8080
    `,
  );
  t.match(
    (await camd(['graph', '--format', 'mermaid', 'good.yaml'], { cwd })).out,
    /^flowchart LR\n(?:.*\n)*? {2}n1 --> n2\n/,
  );
  t.match((await camd(['graph', '--format', 'dot', 'good.yaml'], { cwd })).out, '"camera" -> "latest";');
});
