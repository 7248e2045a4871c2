import { type Price, totalOf } from "./prices";

class Basket {
  size(): number {
    return 1;
  }
}

export class Cart extends Basket {
  override size(): number {
    const items: Price[] = [];
    return totalOf(items) + items.length;
  }
}
