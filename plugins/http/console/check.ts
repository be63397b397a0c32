// Checks the options of a console: an open address without users or encryption, and editing without users. Pure.

import type { Finding } from '../../../core/contract/plugin.ts';
import type { HttpConsoleOptions } from '../../../schemas/http/console.ts';
import { isLocal, isSocket } from './gate.ts';

export function checkConsole(options: HttpConsoleOptions): Finding[] {
  const { listen, tls, trusted_proxies: proxies, edit } = options;
  const findings: Finding[] = [];
  if (options.users && options.users_of !== undefined) {
    const message =
      'users_of: the users are those of the server, so "users" would have no effect; remove one of the two.';
    findings.push({ option: 'users_of', code: 'wrong-value', message });
  }
  const users = options.users ?? options.users_of;
  if (!isLocal(listen)) {
    if (users === undefined) {
      const message = `listen: ${listen} is open to the network; give the console "users" or "users_of", or listen on 127.0.0.1 or a unix socket.`;
      findings.push({ option: 'listen', code: 'missing-option', message });
    }
    if (tls === undefined && proxies.length === 0) {
      const message = `listen: ${listen} would send passwords unencrypted; give the console "tls", name the proxy that ends TLS in "trusted_proxies", or listen on 127.0.0.1 or a unix socket.`;
      findings.push({ option: 'listen', code: 'missing-option', message });
    }
  }
  if (edit && users === undefined && !isSocket(listen)) {
    const message =
      'edit: every process of this machine could change the profile; give the console "users" or "users_of", or listen on a unix socket.';
    findings.push({ option: 'edit', code: 'missing-option', message });
  }
  return findings;
}
