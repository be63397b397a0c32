// How the console finds cameras: udev's names, a Raspberry Pi's list, mDNS and WS-Discovery over real UDP, damaged answers.

import { createSocket } from 'node:dgram';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ask, MAX_ANSWER, MAX_ANSWERS } from '../../../../plugins/http/console/find/ask.ts';
import { question, records } from '../../../../plugins/http/console/find/dns.ts';
import { foundCameras } from '../../../../plugins/http/console/find/found.ts';
import { mdnsCameras, seenByMdns } from '../../../../plugins/http/console/find/mdns.ts';
import { onvifCameras, seenByOnvif } from '../../../../plugins/http/console/find/onvif.ts';
import { seenAtPi } from '../../../../plugins/http/console/find/pi.ts';
import { usbCameras } from '../../../../plugins/http/console/find/usb.ts';

const HERE = '127.0.0.1';
const never = new AbortController().signal;

/** A device in the network: responds to every packet with `answer`. */
async function device(
  t: Test,
  answer: (request: Buffer) => readonly Buffer[],
): Promise<{ address: string; port: number }> {
  const socket = createSocket('udp4');
  socket.on('message', (request, { port, address }) => {
    for (const packet of answer(request)) socket.send(packet, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, HERE, resolve));
  t.teardown(() => socket.close());
  return { address: HERE, port: socket.address().port };
}

const label = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
const name = (text: string): Buffer => Buffer.concat([...text.split('.').map(label), Buffer.from([0])]);
const record = (of: Buffer, type: number, data: Buffer): Buffer => {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([of, head, data]);
};
const message = (all: readonly Buffer[]): Buffer => {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(all.length, 6);
  return Buffer.concat([head, ...all]);
};
/** An instance of a service, as avahi and Axis answer: PTR, SRV and A; names point back to those before. */
const announced = (instance: string, service: string, port: number): Buffer => {
  const srv = Buffer.concat([Buffer.from([0, 0, 0, 0, port >> 8, port & 255]), name('axis.local')]);
  const pointer = Buffer.from([0xc0, 12]);
  return message([
    record(name(service), 12, Buffer.concat([label(instance), pointer])),
    record(Buffer.concat([label(instance), pointer]), 33, srv),
    record(name('axis.local'), 1, Buffer.from([192, 168, 1, 30])),
  ]);
};

t.test('USB cameras are found by udev’s names, without their metadata nodes', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'camd-find-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const [dev, sys] = [join(root, 'dev'), join(root, 'sys')];
  mkdirSync(join(dev, 'v4l/by-id'), { recursive: true });
  mkdirSync(join(sys, 'class/video4linux/video0'), { recursive: true });
  writeFileSync(join(sys, 'class/video4linux/video0/name'), 'HD Pro Webcam C920\n');
  for (const at of [0, 1]) {
    writeFileSync(join(dev, `video${at}`), '');
    symlinkSync(join(dev, `video${at}`), join(dev, `v4l/by-id/usb-046d_C920_8A5B-video-index${at}`));
  }
  symlinkSync(join(dev, 'video9'), join(dev, 'v4l/by-id/usb-gone-video-index0'));

  const [camera, ...more] = foundCameras(usbCameras({ dev, sys }), []);

  t.same(more, []);
  t.match(camera, { name: 'HD Pro Webcam C920', draft: { id: 'hd-pro-webcam-c920', use: 'source/v4l2' } });
  t.equal(camera?.at, join(dev, 'v4l/by-id/usb-046d_C920_8A5B-video-index0'));
  t.same(usbCameras({ dev: join(root, 'none'), sys }), []);
});

t.test('a camera that a node uses is marked, and suggested ids are unused', async (t) => {
  const [first] = seenAtPi([{ index: 0, sensor: 'imx219', sizes: ['640x480', '3280x2464'] }]);
  const seen = [
    ...(first ? [first] : []),
    { name: 'Gate', at: 'rtsp://192.168.1.30/', use: 'source/rtsp', options: { url: 'rtsp://192.168.1.30/' } },
    { name: 'Gate', at: 'rtsp://192.168.1.31/', use: 'source/rtsp', options: {} },
    { name: '門', at: '/dev/v4l/by-id/b\u202ead', use: 'source/v4l2', options: {} },
  ];
  const nodes = [
    { id: 'pi-imx219', use: 'source/still', options: {} },
    { id: 'gate', use: 'source/rtsp', options: { url: 'rtsp://anna:secret@192.168.1.30:554/main' } },
  ];

  const found = foundCameras(seen, nodes);

  t.same(
    found.map(({ draft, node }) => [draft.id, node]),
    [
      ['pi-imx219-2', 'pi-imx219'],
      ['gate-2', 'gate'],
      ['gate-3', undefined],
      ['camera', undefined],
    ],
  );
  t.equal(found[3]?.at, '/dev/v4l/by-id/b ad', 'device names cannot change the direction of the text');
});

t.test('cameras announced by mDNS are found, each once', async (t) => {
  const requests: string[] = [];
  const group = await device(t, (packet) => {
    requests.push(packet.toString('latin1'));
    return [announced('AXIS M1065', '_axis-video._tcp.local', 80), Buffer.from('no DNS')];
  });

  const seen = await mdnsCameras(never, group, 3000);

  t.match(seen, [
    {
      name: 'AXIS M1065',
      at: 'http://192.168.1.30/axis-cgi/mjpg/video.cgi',
      use: 'source/http-stream',
      options: { url: 'http://192.168.1.30/axis-cgi/mjpg/video.cgi' },
    },
  ]);
  t.equal(seen.length, 1);
  t.ok(
    requests.some((packet) => packet.includes('_rtsp')),
    'other services are requested too',
  );
  t.match(seenByMdns([{ from: HERE, data: announced('Yard', '_rtsp._tcp.local', 8554) }]), [
    { name: 'Yard', at: 'rtsp://192.168.1.30:8554/' },
  ]);
  t.same(seenByMdns([{ from: HERE, data: announced('Lamp', '_esphomelib._tcp.local', 6053) }]), [], 'no camera');
});

t.test('damaged, endless and truncated DNS responses do not end the search', async (t) => {
  const whole = announced('AXIS M1065', '_axis-video._tcp.local', 80);
  const circle = message([record(Buffer.from([0xc0, 12]), 12, Buffer.from([0xc0, 12]))]);

  for (let length = 0; length < whole.length; length++) records(whole.subarray(0, length));
  t.same(records(circle), []);
  t.match(records(whole), [{ type: 'PTR' }, { type: 'SRV', port: 80 }, { type: 'A', value: '192.168.1.30' }]);
  t.same(records(question('_rtsp._tcp.local')), []);
});

t.test('ONVIF cameras answer the probe with their name and address', async (t) => {
  const answer = `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Body><d:ProbeMatches><d:ProbeMatch><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Front%20Door onvif://www.onvif.org/hardware/DS-2CD2042 onvif://www.onvif.org/location/city/hall</d:Scopes><d:XAddrs>http://${HERE}/onvif/device_service</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>`;
  let request = '';
  const group = await device(t, (packet) => {
    request = packet.toString('utf8');
    return [Buffer.from(answer), Buffer.from('<no answer>')];
  });

  const seen = await onvifCameras(never, group, 3000);

  t.match(request, /<w:MessageID>uuid:[0-9a-f-]{36}<.*<d:Types>dn:NetworkVideoTransmitter</);
  t.match(seen, [
    { name: 'Front Door DS-2CD2042', at: `rtsp://${HERE}/`, detail: `city/hall, http://${HERE}/onvif/device_service` },
  ]);
  t.equal(seen.length, 1);
  t.same(
    seenByOnvif([{ from: HERE, data: Buffer.from('<ProbeMatch><Scopes>onvif://www.onvif.org/name/%zz</Scopes>') }])
      .length,
    1,
  );
});

t.test('a search has a limit for responses, and ends when it is aborted', async (t) => {
  const group = await device(t, () => [
    Buffer.alloc(MAX_ANSWER + 1),
    ...Array.from({ length: MAX_ANSWERS }, () => Buffer.from('x')),
  ]);

  const answers = await ask({ ...group, packets: [Buffer.from('?')], signal: never, patience: 3000 });
  t.ok(answers.length > 0 && answers.length <= MAX_ANSWERS, `${answers.length} answers`);
  t.ok(
    answers.every(({ data }) => data.length === 1),
    'the one that is too large is ignored',
  );

  const given = new AbortController();
  const asking = ask({ ...group, packets: [], signal: given.signal, patience: 60_000 });
  given.abort();
  t.same(await asking, []);
});
