import { Price, totalOf } from "./prices";
import { unused } from "./other";

class Basket {
  size(): number {
    return 1;
  }
}

export class Cart extends Basket {
  size(): number {
    // @ts-expect-error it was wrong once
    const items: Price[] = [];
    return totalOf(items) + items.lenght;
  }
}
