/** Name, value, what it is in one sentence, unit. */
export type Statistic = readonly [path: string, value: number | string, sentence: string, unit: string];
