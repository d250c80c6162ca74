import { probeCapabilities } from '../../sim/engine/fma.js';
import { type PageFiles, pageRun } from './page-run.js';

/** A worker of a page: answers files and a number of positions with the run. */
interface Scope {
  onmessage: (event: { data: { files: PageFiles; positions: number } }) => void;
  postMessage(answer: object): void;
}
const scope = globalThis as unknown as Scope;

scope.onmessage = ({ data: { files, positions } }) => {
  try {
    const capabilities = probeCapabilities();
    scope.postMessage({ capabilities, run: pageRun(files, capabilities, positions) });
  } catch (error) {
    scope.postMessage({ error: String((error as Error).stack ?? error) });
  }
};
