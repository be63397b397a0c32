// camd migrate, format by format: supported settings are in the profile, the others are reported, and no secret is in either.

import t from 'tap';
import { parse } from 'yaml';
import { formats } from '../../../../plugins/command/migrate/formats/index.ts';
import { camd } from '../../../support/cli.ts';
import { dedent } from '../../../support/dedent.ts';

type Node = Readonly<Record<string, unknown>> & { readonly use: string };
interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly nodes: Readonly<Record<string, Node>>;
  readonly names: Readonly<Record<string, string>>;
}

async function migrated(input: string, from?: string): Promise<Result> {
  const result = await camd(['migrate', ...(from === undefined ? [] : ['--from', from]), '-'], { input });
  const profile = result.code === 0 ? (parse(result.out) as Record<string, unknown>) : {};
  return {
    ...result,
    nodes: (profile.pipeline ?? {}) as Result['nodes'],
    names: (profile.cameras ?? {}) as Result['names'],
  };
}

t.test('crowsnest.conf: each camera keeps its port, device, size, rate and controls', async (t) => {
  const { code, nodes, err } = await migrated(dedent`
    [crowsnest]
    log_path: /home/pi/printer_data/logs/crowsnest.log
    no_proxy: false

    [cam 1]
    mode: ustreamer                       # a comment
    port: 8080
    device: /dev/v4l/by-id/usb-cam-video-index0
    resolution: 1280x720
    max_fps: 15
    v4l2ctl: focus_auto=0,focus_absolute=30
    custom_flags: --quality=80

    [cam bed]
    mode: camera-streamer
    port: 8081
    device: /base/soc/i2c0mux/i2c@1/imx219@10
    resolution: 640x480
    max_fps: 10
    enable_rtsp: true
  `);

  t.equal(code, 0);
  t.match(nodes.cam1, {
    use: 'source/v4l2',
    device: '/dev/v4l/by-id/usb-cam-video-index0',
    width: 1280,
    height: 720,
    fps: 15,
    controls: { focus_auto: 0, focus_absolute: 30 },
  });
  t.match(nodes.cam1_web, { use: 'http/server', listen: '127.0.0.1:8080' });
  t.match(nodes.cam1_webcam, { use: 'http/webcam', on: 'cam1_web', path: '/' });
  t.match(nodes.bed, { use: 'source/exec', command: ['rpicam-vid', '--codec', 'mjpeg'] });
  t.match(nodes.bed_web, { listen: '127.0.0.1:8081' });
  t.match(err, /not carried over: \[cam 1\] custom_flags/);
  t.match(err, /not carried over: \[cam bed\] enable_rtsp/);
});

t.test('mjpg-streamer: inputs, outputs, ports, names of sizes and passwords', async (t) => {
  const { code, nodes, err, out } = await migrated(dedent`
    #!/bin/sh
    LD_LIBRARY_PATH=/opt/lib ; /usr/bin/mjpg_streamer -i "input_uvc.so -d /dev/video2 -r SVGA -f 10 -y" \\
      -o "output_http.so -p 8090 -w /usr/share/www -c watcher:hunter2" -o "output_file.so -f /tmp" > /dev/null 2>&1 &
  `);

  t.equal(code, 0);
  t.match(nodes.camera, {
    use: 'source/v4l2',
    device: '/dev/video2',
    width: 800,
    height: 600,
    fps: 10,
    format: 'YUYV',
  });
  t.match(nodes.web, { listen: ':8090', auth: { basic: { users: { watcher: '${env:WEB_PASSWORD}' } } } });
  t.match(nodes.webcam, { use: 'http/webcam', path: '/' });
  t.match(err, 'output_file');
  t.match(err, 'set WEB_PASSWORD: the password of watcher');
  t.notMatch(out + err, 'hunter2');
});

t.test('mjpg-streamer: octopi.txt', async (t) => {
  const { code, nodes } = await migrated(
    'camera="usb"\ncamera_usb_options="-r 640x480 -f 10 -d /dev/video1"\n#camera_raspi_options="-fps 10"\n',
  );

  t.equal(code, 0);
  t.match(nodes.camera, { use: 'source/v4l2', device: '/dev/video1', width: 640, fps: 10 });
  t.match(nodes.web, { listen: '127.0.0.1:8080' });
});

t.test('ustreamer: a unit with long options, and the paths of ustreamer', async (t) => {
  const { code, nodes, err, out } = await migrated(dedent`
    [Service]
    ExecStartPre=/usr/bin/v4l2-ctl -d /dev/video0 -c gain=1
    ExecStart=/usr/bin/ustreamer --device=/dev/video0 --host=0.0.0.0 --port=8081 -r 1280x720 -f 30 --format=MJPEG \\
      --user=admin --passwd=s3cret --slowdown --h264-sink=pipe
  `);

  t.equal(code, 0);
  t.match(nodes.camera, { device: '/dev/video0', width: 1280, fps: 30 });
  t.match(nodes.web, { listen: ':8081', auth: { basic: { users: { admin: '${env:WEB_PASSWORD}' } } } });
  t.match(nodes.stream, { path: '/stream' });
  t.match(nodes.snapshot, { path: '/snapshot' });
  t.match(err, '--h264-sink');
  t.notMatch(out + err, 's3cret');
});

t.test('devices and ports in variables of a script are reported', async (t) => {
  const { code, nodes, err } = await migrated('exec ustreamer --device=$dev --port=$port\n');

  t.equal(code, 0);
  t.equal(nodes.camera?.device, '/dev/video0');
  t.match(err, /its device is a variable/);
  t.match(err, /the port is a variable/);
});

t.test('motion.conf with a camera file, and a camera file of motionEye', async (t) => {
  const whole = await migrated(dedent`
    # @name Front door
    # @enabled on
    # @preserve_pictures 30
    netcam_url http://192.168.1.5:8080/video
    netcam_userpass viewer:pa:ss
    width 1280
    height 720
    rotate 90
    stream_port 8765
    stream_localhost off
    stream_authentication me:hidden7
    target_dir /var/lib/motioneye/door
    snapshot_interval 60
    on_event_start /usr/local/bin/alarm
  `);

  t.equal(whole.code, 0);
  t.match(whole.names, { Front_door: 'Front door' });
  t.match(whole.nodes.Front_door, {
    use: 'source/http-stream',
    url: 'http://192.168.1.5:8080/video',
    username: 'viewer',
    password: '${env:FRONT_DOOR_PASSWORD}',
  });
  t.match(whole.nodes.Front_door_turned, { use: 'transform/image', rotate: 90 });
  t.match(whole.nodes.Front_door_web, { listen: ':8765' });
  t.match(whole.nodes.Front_door_sample, { use: 'transform/sample', every: '60s' });
  t.match(whole.nodes.Front_door_pictures, { use: 'store/disk', path: '/var/lib/motioneye/door' });
  t.match(whole.nodes.Front_door_retention, { max_age: '30d' });
  t.match(whole.err, 'on_event_start');
  t.notMatch(whole.out + whole.err, /pa:ss|hidden7/);

  const plain = await migrated('videodevice /dev/video0\nwidth 640\nheight 480\nframerate 2\n; netcam_url value\n');
  t.match(plain.nodes.camera ?? Object.values(plain.nodes)[0], { use: 'source/v4l2', width: 640, fps: 2 });
  t.ok(plain.nodes.viewer, 'it has a page, since motion had no stream');
});

t.test('go2rtc.yaml: RTSP, devices and programs; variables stay variables', async (t) => {
  const { code, nodes, err, names, out } = await migrated(dedent`
    api: { listen: ":1984", username: me, password: topsecret9 }
    streams:
      gate: rtsp://admin:\${GATE_PASS}@192.168.1.20:554/stream1#backchannel=0
      front yard:
        - webrtc:http://192.168.1.9/offer
        - "ffmpeg:rtsp://viewer:w%40ter@10.0.0.2/live#video=mjpeg"
      desk: ffmpeg:device?video=/dev/video0&input_format=mjpeg&video_size=1280x720#video=h264
      pi: exec:rpicam-vid --codec mjpeg -t 0 -o -
      tapo: tapo://hidden-password@192.168.1.30
      shot: http://192.168.1.40/cgi-bin/snapshot.cgi?user=admin&pwd=querysecret
  `);

  t.equal(code, 0);
  t.match(nodes.gate, {
    use: 'source/rtsp',
    url: 'rtsp://192.168.1.20:554/stream1',
    username: 'admin',
    password: '${env:GATE_PASS}',
  });
  t.match(nodes.front_yard, { url: 'rtsp://10.0.0.2/live', password: '${env:FRONT_YARD_PASSWORD}' });
  t.match(names, { front_yard: 'front yard' });
  t.match(nodes.desk, { use: 'source/v4l2', device: '/dev/video0', width: 1280 });
  t.match(nodes.pi, { use: 'source/exec', command: ['rpicam-vid', '--codec', 'mjpeg', '-t', '0', '-o', '-'] });
  t.match(nodes.shot, {
    use: 'source/http-poll',
    url: 'http://192.168.1.40/cgi-bin/snapshot.cgi?user=${env:SHOT_USER}&pwd=${env:SHOT_PWD}',
  });
  t.match(err, 'a tapo:// source has no counterpart');
  t.notMatch(out + err, /topsecret9|w@ter|w%40ter|hidden-password|querysecret/);
});

t.test('mediamtx.yml: sources, the camera of the Pi, and published paths', async (t) => {
  const { code, nodes, err, out } = await migrated(dedent`
    rtspAddress: :8555
    pathDefaults: { sourceOnDemand: yes }
    paths:
      cam1: { source: "rtsp://admin:letmein@192.168.1.20/ch0", sourceOnDemand: true }
      pi: { source: rpiCamera, rpiCameraWidth: 1280, rpiCameraHeight: 720, rpiCameraHFlip: true, rpiCameraFPS: 20 }
      drone: { runOnReady: ffmpeg -i x }
      "~^live/(.+)": {}
      all_others:
  `);

  t.equal(code, 0);
  t.match(nodes.cam1, { use: 'source/rtsp', url: 'rtsp://192.168.1.20/ch0', mode: 'on_demand' });
  t.match(nodes.pi, { use: 'source/exec' });
  t.match(String(nodes.pi?.command), '--width,1280,--height,720,--framerate,20,--hflip');
  t.match(nodes.drone, { url: 'rtsp://127.0.0.1:8555/drone' });
  t.match(err, 'all_others stands for any name');
  t.match(err, 'runOnReady');
  t.notMatch(out + err, 'letmein');
});

t.test("Frigate's cameras: the input for detection, its own restream resolved to the camera", async (t) => {
  const { code, nodes, err } = await migrated(
    dedent`
    mqtt: { host: broker }
    go2rtc:
      streams:
        door: ["rtsp://{FRIGATE_RTSP_USER}:{FRIGATE_RTSP_PASSWORD}@10.0.0.7/main"]
    detectors: { cpu: { type: cpu } }
    cameras:
      back:
        ffmpeg:
          inputs:
            - { path: "rtsp://viewer:{FRIGATE_RTSP_PASSWORD}@10.0.0.5:554/main", roles: [record] }
            - { path: "rtsp://viewer:{FRIGATE_RTSP_PASSWORD}@10.0.0.5:554/sub", roles: [detect] }
        detect: { fps: 5 }
      door:
        ffmpeg: { inputs: [{ path: "rtsp://127.0.0.1:8554/door", roles: [detect] }] }
      shed:
        enabled: false
        ffmpeg: { inputs: [{ path: "rtsp://10.0.0.9/x", roles: [detect] }] }
  `.replace('ffmpeg:\n          inputs', 'ffmpeg:\n          inputs'),
  );

  t.equal(code, 0);
  t.match(nodes.back, { url: 'rtsp://10.0.0.5:554/sub', password: '${env:FRIGATE_RTSP_PASSWORD}', frames: '5/s' });
  t.match(nodes.door, { url: 'rtsp://10.0.0.7/main', username: '${env:FRIGATE_RTSP_USER}' });
  t.notOk(nodes.shed);
  t.match(err, 'the camera shed is disabled in Frigate');
});

t.test('the Snapshot Server: cameras, services, offsets and the same API', async (t) => {
  const { code, nodes } = await migrated(
    JSON.stringify({
      cameras: [
        {
          name: 'left',
          device_path: '/dev/video0',
          type: 'stream_interrupt',
          service_name: 'mjpg.service',
          width: 1920,
          height: 1080,
          pixel_format: 'mjpg',
          stereo: true,
          roll_offset: 1.5,
          pitch_offset: 0,
          yaw_offset: 0,
        },
        {
          name: 'all',
          device_path: '/dev/video2',
          type: 'direct',
          width: 640,
          height: 480,
          pixel_format: 'YUYV',
          stereo: false,
        },
      ],
    }),
  );

  t.equal(code, 0);
  t.match(nodes.eyes?.cameras, {
    left: { device: '/dev/video0', stereo: true, interrupts: 'mjpg' },
    all_camera: { format: 'YUYV' },
  });
  t.match(nodes.mjpg, { use: 'service/systemd', unit: 'mjpg.service' });
  t.match(nodes.tagged, { offsets: { left: { roll: 1.5 } } });
  t.match(nodes.api, { use: 'http/snapshot-api', services: ['mjpg'] });
});

t.test('the Prusa Connect uploader: interval and credentials from the same variables', async (t) => {
  const { code, nodes, out, err } = await migrated(
    'PC_TOKEN=abcdefghijklmnopqrst\nPC_FINGERPRINT="fingerprint-0123456789"\nINTERVAL_SECONDS=15\nSNAP_URL=http://127.0.0.1:8081/snapshot.jpg\n',
  );

  t.equal(code, 0);
  t.match(nodes.prusa, { every: '15s', token: '${env:PC_TOKEN}', fingerprint: '${env:PC_FINGERPRINT}' });
  t.match(nodes.lan, { listen: ':7126', methods: ['GET', 'HEAD'] });
  t.notMatch(out + err, /abcdefghijklmnopqrst|fingerprint-0123456789/);
});

t.test('the camera server, the infoscreen listener and the Pi camera server', async (t) => {
  const server = await migrated('CAMERA_TOKEN_SECRET=verysecret1\nDATABASE_URL=postgres://u:p4ss@db/cameras\n');
  const listener = await migrated(
    'API_BASE_URL=http://server:8000\nMQTT_BROKER=mosquitto\nMQTT_PASSWORD=brokerpass\nLOG_LEVEL=info\n',
  );
  const pi = await migrated(
    'WIDTH=1280\nHEIGHT=720\nROTATION=180\nPORT=8088\nlibcamera-still -t 0 -s -o signal.jpg --quality 90\n',
  );

  t.same([server.code, listener.code, pi.code], [0, 0, 0]);
  t.match(server.nodes.cameras, {
    use: 'registry/sql',
    url: '${env:DATABASE_URL}',
    secret: '${env:CAMERA_TOKEN_SECRET}',
  });
  t.match(listener.nodes.broker, { url: 'mqtt://mosquitto:1883', password: '${env:MQTT_PASSWORD}' });
  t.match(listener.nodes.api, { url: 'http://server:8000/api/clients/{camera}/screenshot', body: 'json' });
  t.match(listener.err, 'the variable LOG_LEVEL');
  t.match(pi.nodes.camera, { use: 'source/still', width: 1280, height: 720 });
  t.match(pi.nodes.upright, { rotate: 180 });
  t.match(pi.nodes.web, { listen: ':8088' });
  t.notMatch(server.out + listener.out + server.err + listener.err, /verysecret1|p4ss|brokerpass/);
});

t.test('every format has a case here, and --from accepts it', async (t) => {
  t.equal(formats.length, 12);
  for (const { name } of formats) {
    const { code, err } = await migrated('nothing: here\n', name);
    if (code !== 0) t.match(err, name, `${name}: ${err}`);
  }
});
