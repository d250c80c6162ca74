import { shareText } from '../reports/format.js';
import { experiment, measures, shareOf, speedupOver } from './api.js';

/** Six hardware threads on three cores: what does each more bring, and on which core should it be? */
export default experiment({
  name: '04-threads',
  question: 'How far do tokens per second grow with hardware threads, and does their placement matter?',
  base: { model: 'stories15M-shape', prompt: '', steps: 4, ignoreEos: true },
  factors: {
    threads: [1, 2, 3, 4, 5, 6],
    placement: {
      spread: (run) => {
        run.placement = 'spread';
      },
      pack: (run) => {
        run.placement = 'pack';
      },
      // From core 2, the far one, to core 0 beside the L2 cache's controls.
      'far core first': (run) => {
        run.placement = [4, 2, 0, 5, 3, 1].slice(0, run.threads).join(',');
      },
    },
  },
  // One thread is on core 0 either way; beyond two the far core's turn makes no difference.
  except: ({ placement, threads }) =>
    (placement === 'pack' && (threads === 1 || threads === 6)) ||
    (placement === 'far core first' && threads > 2),
  quick: { base: { model: 'story', steps: 4 }, factors: { threads: [1, 3, 6] } },
  measure: {
    tokensPerSecond: measures.tokensPerSecond,
    speedup: speedupOver({ threads: 1, placement: 'spread' }, 'over one thread'),
    read: measures.readGBPerSecond,
    bus: measures.readPercentOfPeak,
    barrier: shareOf('barrier'),
  },
  show: [{ line: 'tokensPerSecond', x: 'threads' }, { bars: ['read', 'barrier'] }],
  headline: {
    unit: 'x',
    of: ({ value }) => value('speedup', { placement: 'spread', threads: 6 }),
    needs: [
      { placement: 'spread', threads: 1 },
      { placement: 'spread', threads: 6 },
    ],
  },
  answer: ({ value }) => {
    const spread = value('tokensPerSecond', { placement: 'spread', threads: 3 });
    const pack = value('tokensPerSecond', { placement: 'pack', threads: 3 });
    const six = value('tokensPerSecond', { placement: 'spread', threads: 6 });
    const more = 100 * (six / spread - 1);
    const far = value('tokensPerSecond', { placement: 'far core first', threads: 1 });
    const near = value('tokensPerSecond', { placement: 'spread', threads: 1 });
    return (
      'the tokens per second of one thread is what six threads reach. Three threads on three cores make ' +
      `${(100 * (spread / pack - 1)).toFixed(0)} % more than three packed on two cores; the second threads of the ` +
      `three cores ${more < 0 ? 'take away' : 'add'} ${shareText(Math.abs(more))}; one thread on the core that is far ` +
      `from the L2 cache's controls loses ${shareText(100 * (1 - far / near))}.`
    );
  },
  notes: [
    'spread gives each core one thread before any gets a second; pack fills a core before the next is used; far core ' +
      'first begins with core 2 (l2.coreOffsetCycles).',
    'barrier is the share of thread-cycles spent waiting for other threads between operations.',
  ],
});
