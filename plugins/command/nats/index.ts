// `camd nats acl EDGE…`: what each edge and each hub may say at the NATS servers, as a part of their configuration.

import { type Command, EXIT, UsageError } from '../../../core/cli/command.ts';
import { renderAcl, sharedVariables } from './acl.ts';

/** Names of edges and users: nothing that the configuration would read as something else. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;
const SUBJECT = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const PUBLISH = /^[A-Za-z0-9_$-]+(\.([A-Za-z0-9_$-]+|\{edge\}|\*|>))*$/;
const MAX_EDGES = 100_000;

const nats: Command = {
  name: 'nats',
  summary: 'Print the accounts and permissions of edges and hubs for nats-server',
  usage: ['nats acl [--hub USER]… [--subject SUBJECT] [--thumbnails BUCKET] [--publish SUBJECT]… EDGE…'],
  details: `Each edge may listen to its own requests, answer these, and say hello under its own name, and nothing else: it can speak as none
but itself. A hub may ask all edges. The passwords stay in the environment of nats-server, one variable for each user.`,
  options: {
    hub: { type: 'string', multiple: true, value: 'USER', description: 'a user for hubs; "hub" by default' },
    subject: { type: 'string', default: 'camd', value: 'SUBJECT', description: 'as in nats/edge and source/nats' },
    thumbnails: { type: 'string', value: 'BUCKET', description: 'the bucket of thumbnails, such as camd-thumbnails' },
    publish: {
      type: 'string',
      multiple: true,
      value: 'SUBJECT',
      description: 'what each edge may publish besides; {edge} stands for its name',
    },
  },
  words: { least: 2, most: MAX_EDGES },

  async run(io, args) {
    const [word, ...edges] = args.positionals;
    if (word !== 'acl') throw new UsageError(`camd nats: there is no "${word}"; the word is "acl"`);
    const given = args.texts('hub');
    const hubs = given.length === 0 ? ['hub'] : given;
    const wrong = [...edges, ...hubs].find((name) => !NAME.test(name));
    if (wrong !== undefined)
      throw new UsageError(`camd nats acl: "${wrong}" is no name; use letters, digits, " ", ".", "_" and "-"`);
    const [shared] = sharedVariables([...edges, ...hubs]);
    if (shared !== undefined)
      throw new UsageError(`camd nats acl: "${shared}" stands twice, or differs from another name in its signs alone`);
    const subject = args.text('subject') ?? 'camd';
    if (!SUBJECT.test(subject)) throw new UsageError(`camd nats acl: "${subject}" is no subject without wildcards`);
    const bucket = args.text('thumbnails');
    if (bucket !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(bucket))
      throw new UsageError(`camd nats acl: "${bucket}" is no name of a bucket`);
    const publish = args.texts('publish');
    const odd = publish.find((one) => !PUBLISH.test(one) || !one.includes('{edge}'));
    if (odd !== undefined)
      throw new UsageError(`camd nats acl: "${odd}" is no subject with {edge}, so that edges could speak as others`);
    io.out(renderAcl({ edges, hubs, subject, bucket, publish }));
    return EXIT.ok;
  },
};

export default nats;
