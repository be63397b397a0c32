// Cameras on an unreliable line: pictures wait on disk and are sent to an HTTP API when the line is up.

import type { Kind } from '../kind.ts';
import { cameraIds, cameraNodes, status } from '../pieces.ts';

export const edgeUpload: Kind = {
  name: 'edge-upload',
  title: 'cameras on an unreliable line: pictures wait on disk and are sent to an HTTP API when the line is up',
  cameras: 'any',
  port: 8001,
  url: {
    question: 'The URL of the API for pictures; {camera} and {time} are replaced',
    fallback: 'http://127.0.0.1:8000/pictures/{camera}',
    schemes: ['http:', 'https:'],
  },
  secrets: [{ name: 'API_TOKEN', what: 'the token that the API requires' }],
  write: ({ cameras, url, listen }) => [
    'pipeline:',
    ...cameraNodes(cameras).map((line) => line.replace(/mode: on_demand .*/, 'mode: always')),
    '',
    `  sample: { use: transform/sample, from: ${cameraIds(cameras)}, every: 10s }`,
    '  spool:',
    '    use: store/spool',
    '    from: sample',
    `    path: '\${env:SPOOL_FOLDER:-spool}'`,
    '    max_bytes: 1GiB',
    '    at_limit: oldest        # a camera cannot wait: when max_bytes is reached, the oldest pictures are deleted',
    '    order: newest-first     # live pictures first, then the backlog',
    '    rate: 2/s               # after an outage',
    '',
    '  api:',
    '    use: upload/http',
    '    from: spool',
    `    url: '${url}'`,
    '    send: every',
    '    final_status: [400, 413, 415, 422]      # these pictures become dead letters: camd spool list',
    `    headers: { Authorization: 'Bearer \${env:API_TOKEN}' }`,
    '',
    ...status(listen),
  ],
};
