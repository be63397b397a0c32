// Writes the accounts and subject permissions of hubs and edges as configuration of nats-server. Pure.

import { MAX_PARTS } from '../../kit/fleet/nats.ts';
import { createSubjects, encodeId, thumbnailSubject } from '../../kit/fleet/subjects.ts';

export interface AclOptions {
  /** Names of edges. */
  readonly edges: readonly string[];
  /** Users of hubs. */
  readonly hubs: readonly string[];
  /** The option "subject" of nats/edge and source/nats. */
  readonly subject: string;
  /** The bucket of thumbnails; undefined: none. */
  readonly bucket: string | undefined;
  /** More subjects on which each edge may publish; "{edge}" is replaced by its encoded name. */
  readonly publish: readonly string[];
}

/** How long an edge may answer a request: the longest lease of a hub plus the time for its picture. */
const ANSWER_WITHIN = '2m';

interface User {
  readonly name: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  readonly answers?: boolean;
}

/** Permissions with which a hub creates and watches the bucket of thumbnails; other streams, such as the archive's, are excluded. */
const bucketSubjects = (stream: string): readonly string[] => [
  '$JS.API.INFO',
  ...['CREATE', 'INFO', 'UPDATE'].map((what) => `$JS.API.STREAM.${what}.${stream}`),
  `$JS.API.CONSUMER.CREATE.${stream}`,
  ...['CREATE', 'INFO', 'DELETE', 'MSG.NEXT'].map((what) => `$JS.API.CONSUMER.${what}.${stream}.>`),
  ...['ACK', 'FC'].map((what) => `$JS.${what}.${stream}.>`),
];

export const inboxOf = (user: string): string => `_INBOX.${encodeId(user)}`;

/** The environment variable of nats-server with the password of a user. */
export const passwordVariable = (user: string): string => `CAMD_${user.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;

/** Users that would share a password variable with another user. */
export function sharedVariables(users: readonly string[]): readonly string[] {
  const owners = new Map<string, string>();
  return users.filter((user) => {
    const variable = passwordVariable(user);
    const isShared = owners.has(variable);
    owners.set(variable, user);
    return isShared;
  });
}

export function renderAcl(options: AclOptions): string {
  const { edges, hubs, bucket } = options;
  const subjects = createSubjects(options.subject);
  const users: readonly User[] = [
    ...hubs.map((name) => ({
      name,
      publish: [
        subjects.allRequests,
        subjects.rollCall,
        ...(bucket === undefined ? [] : bucketSubjects(`KV_${bucket}`)),
      ],
      subscribe: [subjects.hello(), `${inboxOf(name)}.>`],
    })),
    ...edges.map((name) => ({
      name,
      publish: [
        subjects.hello(name),
        ...(bucket === undefined ? [] : [thumbnailSubject(bucket, name, 'x').replace(/x$/, '>')]),
        ...options.publish.map((subject) => subject.replaceAll('{edge}', encodeId(name))),
      ],
      subscribe: [subjects.requests(name), subjects.rollCall, `${inboxOf(name)}.>`],
      answers: true,
    })),
  ];
  return [
    '# Made by "camd nats acl"; include it in the configuration of every nats-server of the cluster.',
    '# nats-server reads each password from its environment. In the nats/client of each camd, set:',
    '#   user: NAME, password: …, inbox: the text in the line "inbox" above the user.',
    'accounts {',
    '  CAMD {',
    ...(bucket === undefined ? [] : ['    jetstream: enabled']),
    '    users: [',
    ...users.flatMap(userLines),
    '    ]',
    '  }',
    '  SYS { users: [] }',
    '}',
    'system_account: SYS',
    '',
  ].join('\n');
}

function userLines({ name, publish, subscribe, answers }: User): string[] {
  return [
    `      # inbox: ${inboxOf(name)}`,
    `      { user: ${JSON.stringify(name)}, password: $${passwordVariable(name)}, permissions: {`,
    `          publish: { allow: [${publish.map(quoted).join(', ')}] }`,
    `          subscribe: { allow: [${subscribe.map(quoted).join(', ')}] }`,
    ...(answers ? [`          allow_responses: { max: ${MAX_PARTS + 1}, expires: "${ANSWER_WITHIN}" }`] : []),
    '      } }',
  ];
}

const quoted = (text: string): string => JSON.stringify(text);
