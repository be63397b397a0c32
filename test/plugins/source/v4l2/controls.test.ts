// The output of v4l2-ctl for controls and formats, with texts from real cameras, and the values allowed in a profile.

import t from 'tap';
import { differences, parseControls, resolveControls, setArguments } from '../../../../plugins/source/v4l2/controls.ts';
import { describeOffers, parseFormat, parseOffers } from '../../../../plugins/source/v4l2/formats.ts';
import { createSettling } from '../../../../plugins/source/v4l2/settle.ts';

const CONTROLS = `
User Controls

                     brightness 0x00980900 (int)    : min=-64 max=64 step=1 default=0 value=0
        white_balance_automatic 0x0098090c (bool)   : default=1 value=1
           power_line_frequency 0x00980918 (menu)   : min=0 max=2 default=1 value=1 (50 Hz)
				0: Disabled
				1: 50 Hz
				2: 60 Hz

Camera Controls

                  auto_exposure 0x009a0901 (menu)   : min=0 max=3 default=3 value=3 (Aperture Priority Mode)
				1: Manual Mode
				3: Aperture Priority Mode
         exposure_time_absolute 0x009a0902 (int)    : min=3 max=2047 step=1 default=250 value=250 flags=inactive
                 focus_absolute 0x009a090a (int)    : min=0 max=250 step=5 default=0 value=0 flags=inactive, slider
              integer_menu_here 0x0098f907 (intmenu): min=1 max=8 default=4 value=4 (5 0x5)
				2: 2 (0x2)
      read_only_integer_32_bits 0x0098f90c (int)    : min=0 max=255 step=1 default=0 value=1 flags=read-only
                        bitmask 0x0098f906 (bitmask): max=0x80402010 default=0x80002000 value=-2147475456
`;

t.test('controls, their bounds, menus and flags are read', async (t) => {
  const controls = parseControls(CONTROLS);

  t.equal(controls.length, 9);
  t.match(controls[0], { name: 'brightness', type: 'int', min: -64, max: 64, step: 1, fallback: 0, value: '0' });
  t.same(
    [...(controls[3]?.menu ?? [])],
    [
      [1, 'Manual Mode'],
      [3, 'Aperture Priority Mode'],
    ],
  );
  t.same(controls[5]?.flags, ['inactive', 'slider']);
});

t.test('names and texts become numbers, automatics come first', async (t) => {
  const wanted = {
    exposure_time_absolute: 100,
    auto_exposure: 'manual mode',
    power_line_frequency: 2,
    white_balance_automatic: false,
    focus_absolute: 25,
  };

  const resolved = resolveControls(wanted, parseControls(CONTROLS));

  t.same([...resolved.refused], []);
  t.same(setArguments(resolved.wanted), [
    '-c',
    'auto_exposure=1,white_balance_automatic=0,exposure_time_absolute=100,power_line_frequency=2,focus_absolute=25',
    '-C',
    'auto_exposure,white_balance_automatic,exposure_time_absolute,power_line_frequency,focus_absolute',
  ]);
});

t.test('values that the tool would silently clamp or misread are refused with the reason', async (t) => {
  const wanted = {
    brigthness: 1,
    brightness: 500,
    focus_absolute: 7,
    auto_exposure: 'bright',
    white_balance_automatic: 3,
    exposure_time_absolute: 'long',
    read_only_integer_32_bits: 2,
    power_line_frequency: true,
  };

  const { refused } = resolveControls(wanted, parseControls(CONTROLS));

  t.same(Object.fromEntries(refused), {
    brigthness: 'The camera has no control brigthness; did you mean brightness?',
    brightness: 'brightness is from -64 to 64, not 500; the driver would silently use the nearest.',
    focus_absolute: 'focus_absolute goes in steps of 5 from 0, so it cannot be 7.',
    auto_exposure: 'auto_exposure is one of 1 (Manual Mode), 3 (Aperture Priority Mode), not bright.',
    white_balance_automatic: 'white_balance_automatic is true or false, not 3.',
    exposure_time_absolute: 'exposure_time_absolute is a number, not "long".',
    read_only_integer_32_bits: 'read_only_integer_32_bits can only be read.',
    power_line_frequency: 'power_line_frequency is a number, not true.',
  });
});

t.test('values that the driver did not accept are found by reading them back', async (t) => {
  const wanted = [
    { name: 'brightness', value: 30 },
    { name: 'auto_exposure', value: 1 },
    { name: 'gain', value: 2 },
  ];

  const found = differences(wanted, 'brightness: 64\nauto_exposure: 1 (Manual Mode)\n');

  t.same(Object.fromEntries(found), { brightness: 'expected 30, found 64', gain: 'expected 2, found nothing' });
});

t.test('the current format and the available ones are read', async (t) => {
  const set = parseFormat(
    "Format Video Capture:\n\tWidth/Height      : 640/360\n\tPixel Format      : 'YUYV' (YUYV 4:2:2)\n\tField             : None\n\tBytes per Line    : 1280\n",
  );
  const offers = parseOffers(
    "ioctl: VIDIOC_ENUM_FMT\n\tType: Video Capture\n\n\t[0]: 'MJPG' (Motion-JPEG, compressed)\n\t\tSize: Discrete 640x480\n\t\t\tInterval: Discrete 0.033s (30.000 fps)\n\t\t\tInterval: Discrete 0.067s (15.000 fps)\n\t\tSize: Discrete 1280x720\n\t[1]: 'GREY' (8-bit Greyscale)\n\t\tSize: Stepwise 16x16 - 1920x1080 with step 2/2\n\t\t\tInterval: Stepwise 0.033s - 1.000s with step 0.001s (1.000-30.000 fps)\n",
  );

  t.same(set, { width: 640, height: 360, pixels: 'YUYV', stride: 1280 });
  t.equal(parseFormat('VIDIOC_G_FMT: failed: No such device'), undefined);
  t.match(offers[0], { pixels: 'MJPG', description: 'Motion-JPEG', sizes: [{ size: '640x480', rates: [30, 15] }] });
  t.equal(describeOffers(offers), 'MJPG 640x480, 1280x720; GREY 16x16 to 1920x1080');
});

t.test('brightness has settled when five in a row agree within 2 %', async (t) => {
  const settling = createSettling();
  const given = [20, 60, 90, 100, 101, 102, 101, 100, 101];

  const settled = given.map(settling);

  t.same(settled, [false, false, false, false, false, false, false, true, true]);
});
