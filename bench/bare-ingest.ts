// A bare Node server that accepts uploads without checking or storing them: the baseline for the ingest benchmarks.

import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';

const broker = await Aedes.createBroker();
const mqtt = createServer({ noDelay: true }, (socket) => void broker.handle(socket));
const http = createHttpServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () => response.end(`{"bytes":${Buffer.concat(chunks).length}}\n`));
});
mqtt.listen(0, '127.0.0.1', () => {
  http.listen(0, '127.0.0.1', () => {
    const port = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
    process.send?.({ mqtt: port(mqtt), http: port(http) });
  });
});
