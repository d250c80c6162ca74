import { experiment, measures } from './api.js';

const factors = {
  'devices.loadFrom': ['usb', 'dvd', 'hdd'],
  endian: ['offline', 'load-scalar', 'load-vperm'],
} as const;

/** Where the model file comes from, and what conversion adds. */
export default experiment({
  name: '08-loading',
  question: 'How long does loading take from each device, and can conversion hide behind it?',
  base: { model: 'stories15M-shape', prompt: '', steps: 2, ignoreEos: true },
  factors,
  quick: { base: { model: 'story' } },
  measure: {
    deviceRead: measures.deviceReadSeconds,
    convert: measures.convertSeconds,
    load: measures.loadSeconds,
    overlapped: {
      title: 'load, overlapped at best',
      unit: 's',
      of: ({ simulated: s }) => Math.max(s.deviceReadSeconds, s.convertSeconds),
    },
    firstToken: measures.firstTokenSeconds,
  },
  show: [{ bars: ['load', 'convert', 'overlapped'] }],
  headline: {
    unit: 'seconds',
    of: ({ value }) => value('load', { 'devices.loadFrom': 'usb', endian: 'load-vperm' }),
    needs: [{ 'devices.loadFrom': 'usb', endian: 'load-vperm' }],
    uncertain: ['devices.usbBandwidth', 'memory.latencyCycles', 'bus.efficiency'],
  },
  answer: ({ value }) => {
    const from = (device: 'usb' | 'dvd' | 'hdd') =>
      value('load', { 'devices.loadFrom': device, endian: 'load-vperm' });
    const convert = value('convert', { 'devices.loadFrom': 'usb', endian: 'load-vperm' });
    const share = (100 * convert) / from('usb');
    return (
      `from USB, ${from('dvd').toPrecision(3)} from DVD and ${from('hdd').toPrecision(3)} from hard disk; conversion ` +
      `by vperm is ${share.toFixed(2)} % of the USB figure, so that hiding it behind reading can gain no more.`
    );
  },
  notes: [
    'Reading is the size of the file over the sustained rate of the device (xenon machines xbox360 lists the ' +
      'rates and their sources); it is not simulated further. Conversion is guest code.',
    'Overlapped at best is the longer of reading and converting: a bound, not a simulation.',
  ],
});
