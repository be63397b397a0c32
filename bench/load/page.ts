// Load program: watches all cameras over the viewer's WebSocket, acknowledges each picture and records its age.

import { WebSocket } from 'ws';
import { encodeAck, HEAD_BYTES, readHead, type ViewerEvent } from '../../plugins/http/viewer/wire.ts';
import { quantile } from '../row.ts';
import { age } from '../stamp.ts';

const [url = ''] = process.argv.slice(2);
let ages: number[] = [];

const socket = new WebSocket(url, { perMessageDeflate: false });
socket.binaryType = 'arraybuffer';
socket.on('open', () => process.send?.({ ready: true }));
socket.on('message', (data: ArrayBuffer | Buffer, isBinary: boolean) => {
  if (!isBinary) {
    const event = JSON.parse(Buffer.from(data as Buffer).toString('utf8')) as ViewerEvent;
    if (event.is === 'cameras') socket.send(JSON.stringify({ watch: event.cameras.map(({ n }) => n) }));
    return;
  }
  const message = data as ArrayBuffer;
  ages.push(age(Buffer.from(message), HEAD_BYTES));
  socket.send(encodeAck(readHead(message)));
});

process.on('message', ({ window }: { window: number }) => {
  ages = [];
  setTimeout(() => process.send?.({ frames: ages.length, p50: quantile(ages, 0.5), most: quantile(ages, 1) }), window);
});
