// Problems in variables, secrets, includes, anchors and plugins: codes and places, not the wording.

import t from 'tap';
import { dedent } from '../../support/dedent.ts';
import { refused } from '../../support/refusals.ts';

refused(t, [
  {
    title: 'variables that are not set, without complaints about the values that they would have had',
    text: dedent`
      camd: 1
      vars: { a: "\${env:NONE}" }
      pipeline:
        cam: { use: source/feed, connect: "\${env:NONE}", timeout: "\${var:a}", mode: "\${var:b}" }
        keep: { use: cache/keep, from: "\${env:NONE}", count: "\${env:NONE}" }
        gone: { use: "\${env:NONE}" }
    `,
    problems: [
      'unset-variable main.yaml:2:12+13',
      'unset-variable main.yaml:4:37+13',
      'unset-variable main.yaml:4:79+10',
      'unset-variable main.yaml:5:34+13',
      'unset-variable main.yaml:5:56+13',
      'unset-variable main.yaml:6:16+13',
    ],
  },
  {
    title: 'a value of a variable that is not of the type',
    text: dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed, connect: 'a:1' }
        keep: { use: cache/keep, from: cam, count: "\${env:WORD}", max_bytes: "\${env:WORD}" }
    `,
    texts: { env: { WORD: 'many' } },
    problems: ['wrong-type main.yaml:4:46+13', 'wrong-unit main.yaml:4:72+13'],
  },
  {
    title: 'interpolations that cannot be read',
    text: dedent`
      camd: 1
      pipeline:
        cam: { use: source/feed, connect: "\${HOST}:1", mode: "\${env:A", url: "\${cred:../x}", token: "\${vault:x}" }
    `,
    problems: [
      'bad-interpolation main.yaml:3:37+11',
      'bad-interpolation main.yaml:3:56+9',
      'bad-interpolation main.yaml:3:72+14',
      'bad-interpolation main.yaml:3:95+12',
    ],
  },
  {
    title: 'secret files and credentials that cannot be read',
    text: dedent`
      camd: 1
      pipeline:
        a: { use: source/feed, connect: 'a:1', token: "\${file:/none}" }
        b: { use: source/feed, connect: 'a:1', token: "\${cred:none}" }
    `,
    problems: ['unreadable-secret main.yaml:3:49+15', 'unreadable-secret main.yaml:4:49+14'],
  },
  {
    title: 'a credential that is not among those that systemd passed',
    text: dedent`
      camd: 1
      pipeline:
        b: { use: source/feed, connect: 'a:1', token: "\${cred:none}" }
    `,
    texts: { env: { CREDENTIALS_DIRECTORY: '/run/credentials/camd' } },
    problems: ['unreadable-secret main.yaml:3:49+14'],
  },
  {
    title: 'vars in a circle, said once',
    text: dedent`
      camd: 1
      vars:
        b: \${var:a}
        a: \${var:b}
      pipeline:
        cam: { use: source/feed, connect: "\${var:a}" }
    `,
    problems: ['bad-interpolation main.yaml:4:6+8'],
  },
  {
    title: 'the file in which the wrong value stands',
    text: dedent`
      camd: 1
      include: [base.yaml]
      pipeline:
        cam: { timeout: 5 }
    `,
    texts: {
      files: {
        'base.yaml': dedent`
          pipeline:
            cam: { use: source/feed, connect: nowhere }
            keep: { use: cache/keep, from: cam, count: 0, cuont: 1 }
        `,
      },
    },
    problems: [
      'wrong-unit main.yaml:4:19+1',
      'wrong-value base.yaml:2:37+7',
      'out-of-range base.yaml:3:46+1',
      'unknown-option base.yaml:3:49+5',
    ],
  },
  {
    title: 'includes that are missing, wrong or in a circle',
    text: dedent`
      camd: 1
      include: [none.yaml, 7, loop.yaml]
      pipeline: {}
    `,
    texts: { files: { 'loop.yaml': 'include: main.yaml\n' } },
    problems: ['bad-include main.yaml:2:11+9', 'bad-include main.yaml:2:22+1', 'bad-include loop.yaml:1:10+9'],
  },
  {
    title: 'an alias, at its use for a single value and at its anchor for what is inside a map',
    text: dedent`
      camd: 1
      pipeline:
        a: { use: source/feed, connect: &bad nowhere }
        b: { use: source/feed, connect: *bad, argv: &list [1] }
        c: { use: source/feed, connect: 'a:1', argv: *list }
    `,
    problems: ['wrong-value main.yaml:3:40+7', 'wrong-value main.yaml:4:35+4', 'wrong-type main.yaml:4:54+1'],
  },
  {
    title: 'plugins that cannot be used',
    text: dedent`
      camd: 1
      plugins: [./none.mjs]
      pipeline: { cam: { use: source/feed, connect: 'a:1' } }
    `,
    problems: ['bad-plugin main.yaml:2:11+10'],
  },
]);
