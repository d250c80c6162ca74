import { createHash } from 'node:crypto';
import test from 'ava';
import { SCRIPT_HASH, STYLE_HASH } from '../../reports/page.js';
import { pageScript } from '../../reports/page-script.js';
import { pageStyle } from '../../reports/page-style.js';

const hash = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;

test('the security policy names the script and the style as they are', (t) => {
  t.is(SCRIPT_HASH, hash(pageScript), 'write this value as SCRIPT_HASH in reports/page.ts');
  t.is(STYLE_HASH, hash(pageStyle), 'write this value as STYLE_HASH in reports/page.ts');
});
