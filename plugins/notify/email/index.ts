// notify/email: sends an e-mail over SMTP when a camera goes offline and when it is back.

import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { defineNode, environment, type Finding } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { NotifyEmailOptions } from '../../../schemas/notify/email.ts';
import { failedConnection, openSocket } from '../../kit/examine/connection.ts';
import { examinePackage } from '../../kit/examine/packages.ts';
import { textOf, titleOf } from '../../kit/notify/notice.ts';
import { notify } from '../../kit/notify/notifier.ts';
import { optionalPackage } from '../../kit/packages/optional.ts';
import { redact } from '../../kit/upload/exchange.ts';
import { outcomeOf } from './outcome.ts';

/** Ports of RFC 8314 §3.3 and RFC 6409, and the port of relays. */
const PORTS = { tls: 465, starttls: 587, none: 25 } as const;

export default defineNode<NotifyEmailOptions>({
  check({ username, password, security, insecure_password: allowed }) {
    const findings: Finding[] = [];
    if ((username === undefined) !== (password === undefined)) {
      const message = 'username and password: set both, or neither for a server that needs no login.';
      findings.push({ option: 'username', code: 'missing-option', message });
    }
    if (security === 'none' && password !== undefined && !allowed) {
      const message =
        'security: with "none" the password would cross the network in the clear; use "starttls" or "tls".';
      findings.push({ option: 'security', code: 'wrong-value', message });
    }
    return findings;
  },
  async *examine({ server, port, security }, { signal }) {
    yield* examinePackage('nodemailer', () => import('nodemailer'));
    const endpoint = { host: server, port: port ?? PORTS[security] };
    const what = `The mail server ${server}:${endpoint.port}`;
    try {
      (await openSocket(endpoint, signal)).destroy();
      yield { is: 'fine', code: 'reachable', option: 'server', message: `${what} accepts connections.` };
    } catch (cause) {
      yield failedConnection(what, 'server', endpoint, cause);
    }
  },
  async start(node) {
    const { options } = node;
    const { createTransport } = await optionalPackage('nodemailer', 'notify/email needs', () => import('nodemailer'));
    const { username = '', password = '', security, timeout } = options;
    const ca =
      options.ca === undefined ? {} : { ca: [...rootCertificates, await readAuthority(node.resolve(options.ca))] };
    const transport = createTransport({
      host: options.server,
      port: options.port ?? PORTS[security],
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      ...(username === '' ? {} : { auth: { user: username, pass: password } }),
      connectionTimeout: timeout,
      greetingTimeout: timeout,
      socketTimeout: timeout,
      dnsTimeout: timeout,
      tls: { servername: options.server, ...ca },
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    node.defer(() => transport.close());
    const secrets = [password, Buffer.from(password).toString('base64')].filter((text) => text !== '');
    await notify(node, async (notice, signal) => {
      try {
        await transport.sendMail({
          from: options.sender,
          to: options.to,
          subject: `${options.subject_prefix}${titleOf(notice)}`,
          text: `${textOf(notice)}\n`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
        return { is: 'sent' };
      } catch (cause) {
        signal.throwIfAborted();
        return outcomeOf(cause, options.server, (text) => redact(text, secrets));
      }
    });
  },
});

async function readAuthority(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw environment('unreadable-ca', `cannot read the certificates in "ca": ${sentence(cause)}`, cause);
  }
}
