// The Debian package of a program, for messages with an installation command.

/** Programs that are common with cameras and in profiles, by name. */
const PACKAGES: Readonly<Record<string, string>> = {
  ffmpeg: 'ffmpeg',
  ffprobe: 'ffmpeg',
  fswebcam: 'fswebcam',
  gphoto2: 'gphoto2',
  grim: 'grim',
  'gst-launch-1.0': 'gstreamer1.0-tools',
  import: 'imagemagick',
  jpegtran: 'libjpeg-turbo-progs',
  'libcamera-still': 'rpicam-apps-lite',
  'libcamera-vid': 'rpicam-apps-lite',
  maim: 'maim',
  npm: 'npm',
  raspistill: 'rpicam-apps-lite',
  'rpicam-hello': 'rpicam-apps-lite',
  'rpicam-jpeg': 'rpicam-apps-lite',
  'rpicam-still': 'rpicam-apps-lite',
  'rpicam-vid': 'rpicam-apps-lite',
  scrot: 'scrot',
  streamer: 'streamer',
  'v4l2-ctl': 'v4l-utils',
};

/** "sudo apt install ffmpeg"; undefined for a program without a known package. */
export function installProgram(program: string): string | undefined {
  const name = program.slice(program.lastIndexOf('/') + 1);
  return Object.hasOwn(PACKAGES, name) ? `sudo apt install ${PACKAGES[name]}` : undefined;
}
