import test from 'ava';
import { runReport } from '../../reports/run-report.js';
import { run } from './fixture.js';

const interval = {
  low: 990_000,
  high: 1_010_000,
  confidence: 0.95,
  measuredPositions: 7,
  allowance: 5000,
  tokensPerSecond: { low: 98.2, high: 101.4 },
};
const sampled = {
  ...run,
  simulated: { ...run.simulated, interval },
  settings: { ...run.settings, mode: 'sampled' },
};

test('a sampled run tells its interval and what stands behind it', (t) => {
  const page = runReport(sampled);
  t.regex(page, /tokens per second, interval<\/dt><dd>98\.2 to 101</);
  t.regex(page, /990,000 to 1,010,000 cycles with 95\s?% confidence, from 7 positions/);
  t.notRegex(runReport(run), /tokens per second, interval/);
});

test('a run that skips tokens has no text to show', (t) => {
  const page = runReport({
    ...sampled,
    text: null,
    tokens: [],
    settings: { ...sampled.settings, skipTokens: true },
  });
  t.regex(page, /Only measured positions were executed/);
  t.notRegex(page, /Generated t/);
});
