import { one, two } from './b';

export const x: number = one;
