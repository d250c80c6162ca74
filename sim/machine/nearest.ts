/** 'Did you mean': for names of machines, settings, models and kernels. */
export { nearest } from '../asm/nearest.js';
