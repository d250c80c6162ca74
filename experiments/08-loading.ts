import { number3 } from '../reports/format.js';
import { experiment, measures } from './api.js';

const factors = {
  'devices.loadFrom': ['usb', 'dvd', 'hdd'],
  endian: ['offline', 'load-scalar', 'load-vperm', 'overlap-vperm'],
} as const;
type Device = (typeof factors)['devices.loadFrom'][number];
type Endian = (typeof factors)['endian'][number];

const at = (device: Device, endian: Endian) => ({ 'devices.loadFrom': device, endian });

/** Where the model file comes from, and what conversion adds. */
export default experiment({
  name: '08-loading',
  question: 'How long does loading take from each device, and can conversion hide behind it?',
  base: { model: 'stories15M-shape', prompt: '', steps: 2, ignoreEos: true },
  factors,
  quick: { base: { model: 'story' } },
  measure: {
    deviceRead: measures.deviceReadSeconds,
    convert: measures.convertMilliseconds,
    load: measures.loadSeconds,
    firstToken: measures.firstTokenSeconds,
  },
  show: [{ bars: ['load', 'convert', 'firstToken'] }],
  headline: {
    unit: 'seconds',
    of: ({ value }) => value('load', at('usb', 'load-vperm')),
    needs: [at('usb', 'load-vperm')],
    uncertain: ['devices.usbBandwidth', 'memory.latencyCycles', 'bus.efficiency'],
  },
  answer: ({ value }) => {
    const load = (device: Device, endian: Endian = 'load-vperm') => value('load', at(device, endian));
    const convert = (endian: Endian) => `${number3(value('convert', at('usb', endian)))} ms`;
    const [apart, together] = [load('usb'), load('usb', 'overlap-vperm')];
    return (
      `is how long loading takes from USB; from DVD it is ${number3(load('dvd'))} and from hard disk ` +
      `${number3(load('hdd'))}. Conversion by vperm is ${convert('load-vperm')} of it, by scalar shifts ` +
      `${convert('load-scalar')}; converting pieces as they arrive hides ${number3(1000 * (apart - together))} ms of the ` +
      'former behind the device.'
    );
  },
  notes: [
    'Reading is the size of the file over the sustained rate of the device, behind one seek of a disc (xenon machines ' +
      'xbox360 lists them and their sources), and takes no processor; it is not simulated further. Conversion is guest ' +
      'code.',
    'overlap-vperm converts each MiB when it has arrived, while the next ones come.',
  ],
});
