// notify/email against an SMTP server: encryption, login, one e-mail for each change, and refusals.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { authority } from '../../support/authority.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { silentCamera } from '../../support/silent-camera.ts';
import { type SmtpOptions, smtp } from '../../support/smtp.ts';

const PASSWORD = 'pa55-word-of-mail';
const lines = (port: number, ...more: string[]) => [
  ...['use: notify/email', 'server: localhost', `port: ${port}`, 'sender: cam@example.org', 'to: [you@example.org]'],
  ...['after: 1m', 'back_after: 0s', 'timeout: 5m', ...more],
];
const LOGIN = ['username: cam', `password: ${PASSWORD}`, 'ca: ca.pem'];

for (const security of ['starttls', 'tls'] as const) {
  t.test(`an e-mail over ${security}, when a camera is offline and when it is back`, async (t) => {
    const { ca, cert, key } = authority(t);
    const options: SmtpOptions = { cert, key, login: `cam:${PASSWORD}`, implicit: security === 'tls' };
    const { port, mails } = await smtp(t, options);
    const { camd, silent, sending } = await silentCamera(t, {
      lines: lines(port, `security: ${security}`, ...LOGIN),
      files: { 'ca.pem': readFileSync(ca, 'utf8') },
    });

    await silent(() => mails.length === 1, 'the e-mail');
    await sending(() => mails.length === 2, 'the second e-mail');

    const [mail] = mails;
    t.match(mail, { encrypted: true, from: /<cam@example.org>/, to: [/<you@example.org>/] });
    t.match(mail?.text, /^Subject: \[camd\] Camera lobby is offline\r?$/m);
    t.match(mail?.text, /lobby has sent no picture since .* UTC\./);
    t.match(mails[1]?.text, /^Subject: \[camd\] Camera lobby is back\r?$/m);
    t.notMatch(JSON.stringify(camd.lines), PASSWORD);
  });
}

t.test('a server without STARTTLS receives no password and no e-mail', async (t) => {
  const { port, mails } = await smtp(t, { login: `cam:${PASSWORD}` });
  const { ca } = authority(t);
  const { camd, silent } = await silentCamera(t, {
    lines: lines(port, ...LOGIN),
    files: { 'ca.pem': readFileSync(ca, 'utf8') },
  });

  await silent(() => (camd.status('alarm').metrics.failed_total ?? 0) > 0, 'the failure');

  t.match(camd.status('alarm').state, { is: 'degraded', why: /STARTTLS/i });
  t.equal(mails.length, 0);
});

t.test('a wrong password is reported without the password; a permanently refused message is dropped', async (t) => {
  const { ca, cert, key } = authority(t);
  const wrong = await smtp(t, { cert, key, login: 'cam:another' });
  const first = await silentCamera(t, {
    lines: lines(wrong.port, ...LOGIN),
    files: { 'ca.pem': readFileSync(ca, 'utf8') },
  });
  await first.silent(() => (first.camd.status('alarm').metrics.failed_total ?? 0) > 0, 'the refused login');
  const refusing = await smtp(t, { answers: ['451 later', '554 spam'] });
  const second = await silentCamera(t, { lines: lines(refusing.port, 'security: none') });
  await second.silent(() => second.camd.status('alarm').metrics.refused_total === 1, 'the refused e-mail');

  t.match(first.camd.status('alarm').state, {
    is: 'degraded',
    why: /refused the login .*check "username" and "password"/,
  });
  t.notMatch(JSON.stringify([first.camd.lines, first.camd.status('alarm')]), PASSWORD);
  t.match(second.camd.status('alarm').state, { is: 'degraded', why: /refused the e-mail .*554 spam.* It was dropped/ });
  t.equal(second.camd.status('alarm').metrics.failed_total, 1, 'retried after 451');
});

t.test('sending a password in plain text requires a separate option', async (t) => {
  const profile = dedent`
    camd: 1
    pipeline:
      cam: { use: source/test-pattern }
      alarm:
        use: notify/email
        from: cam
        server: localhost
        security: none
        username: cam
        password: secret
        sender: cam@example.org
        to: [you@example.org]
  `;

  await t.rejects(run(t, profile), /would cross the network in the clear/);
});
