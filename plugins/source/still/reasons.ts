// Explains the stderr of camera programs: the reason, and what to do.

/** The text of libcamera and rpicam-apps, and the sentence for the user. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [
    /no cameras available|selected camera is not available/i,
    'The camera was not found: check its ribbon cable, and "camera_auto_detect=1" in /boot/firmware/config.txt; then run "rpicam-still --list-cameras".',
  ],
  [
    /failed to acquire camera|pipeline handler in use|device or resource busy/i,
    'Another program uses the camera: end it ("fuser -v /dev/video* /dev/media*" names it), or use one camd for both.',
  ],
  [
    /device timeout/i,
    'The camera has stopped sending pictures to the program: check its ribbon cable and the power supply.',
  ],
  [
    /transforms requiring transpose not supported|illegal rotation value/i,
    'The camera can only be turned by 0 or 180 degrees: use transform/image for 90 and 270.',
  ],
  [
    /legacy camera stack/i,
    'The system still uses the legacy camera stack: switch it off in raspi-config, under Interface Options.',
  ],
  [/only supports the Raspberry Pi/i, 'The program runs on a Raspberry Pi only: set "command" to another one.'],
  [
    /failed to (?:open|write) file|no space left/i,
    'The program cannot write the picture: check that the disk is neither full nor read-only.',
  ],
  [/unrecognised option|invalid option/i, 'The program refuses one of its arguments: check "arguments".'],
];

/** undefined for any other line. */
export const explain = (line: string): string | undefined => KNOWN.find(([pattern]) => pattern.test(line))?.[1];
