// `camd schema`: the JSON Schema of profiles, for editors.

import t from 'tap';
import { camd } from '../../support/cli.ts';

t.test('the schema for editors lists every node plugin under use', async (t) => {
  const { code, out } = await camd(['schema']);

  const { definitions } = JSON.parse(out);
  t.equal(code, 0);
  t.ok(definitions.node.properties.use.enum.includes('cache/latest'));
  t.notOk(definitions.node.properties.use.enum.some((use: string) => use.startsWith('parse/')));
  t.ok(definitions.parser.anyOf[0].enum.includes('mjpeg'));
});
