// The same as `nsc` creates for a NATS server in operator mode: the server's configuration, and credentials files of users.

import { createAccount, createOperator, createUser, type KeyPair } from '@nats-io/nkeys';

export interface NatsOperator {
  /** For the configuration of the server. */
  readonly config: string;
  /** The text of a .creds file for a user with access to only these subjects. */
  credentials(name: string, subjects: readonly string[]): string;
}

const base64 = (value: object | Uint8Array): string =>
  Buffer.from(value instanceof Uint8Array ? value : JSON.stringify(value)).toString('base64url');

/** A JWT with the algorithm of NATS: Ed25519 with the issuer's nkey. */
function jwt(issuer: KeyPair, subject: KeyPair, name: string, nats: object): string {
  const payload = { jti: name, iat: 0, iss: issuer.getPublicKey(), sub: subject.getPublicKey(), name, nats };
  const signed = `${base64({ typ: 'JWT', alg: 'ed25519-nkey' })}.${base64(payload)}`;
  return `${signed}.${base64(issuer.sign(Buffer.from(signed)))}`;
}

const UNLIMITED = { subs: -1, data: -1, payload: -1 };

export function natsOperator(): NatsOperator {
  const operator = createOperator();
  const account = createAccount();
  const limits = { ...UNLIMITED, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const accountJwt = jwt(operator, account, 'fleet', { type: 'account', version: 2, limits });
  const operatorJwt = jwt(operator, operator, 'owner', { type: 'operator', version: 2 });
  return {
    config: `operator: ${operatorJwt}\nresolver: MEMORY\nresolver_preload: { ${account.getPublicKey()}: ${accountJwt} }\n`,
    credentials(name, subjects) {
      const user = createUser();
      const may = { allow: subjects };
      const claims = { type: 'user', version: 2, ...UNLIMITED, pub: may, sub: may };
      const seed = Buffer.from(user.getSeed()).toString();
      return `-----BEGIN NATS USER JWT-----
${jwt(account, user, name, claims)}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${seed}
------END USER NKEY SEED------
`;
    },
  };
}
