export interface Prices {
  [name: string]: number;
}
