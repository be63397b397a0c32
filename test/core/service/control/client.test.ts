// Output of a foreign program on the control socket must not control the terminal.

import t from 'tap';
import { printable } from '../../../../core/service/control/client.ts';

t.test('control characters become visible, the line end and all letters stay', async (t) => {
  t.equal(printable('', 'a\u001b]0;owned\u0007\u009b2J\r\nä'), 'a\\x1b]0;owned\\x07\\x9b2J\\x0d\nä');
  t.same(JSON.parse('{"pid":1,"profile":"\\u001b[2J"}', printable), { pid: 1, profile: '\\x1b[2J' });
});
