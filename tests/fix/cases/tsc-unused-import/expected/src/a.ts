import { one } from './b';

export const x: number = one;
