import { assert, assertEquals, assertThrows } from "@std/assert";
import { ASK, BID, OrderBook } from "../../src/auction/book.ts";
import type { Random } from "../random.ts";
import { CASES, column, forCases, value } from "./cases.ts";
import { type Fill, PlainBook } from "./plain_book.ts";

const OPERATIONS = 24;
const MAX_U32 = 2 ** 32 - 1;

/** The fills since the last call. */
function drain(book: OrderBook): Fill[] {
  const { count, takers, makers, prices, quantities } = book.fills;
  const fills = Array.from(
    { length: count },
    (_, i): Fill => [takers[i]!, makers[i]!, prices[i]!, quantities[i]!],
  );
  book.fills.clear();
  return fills;
}

/** One random operation on both books; what each returned. */
function operate(
  random: Random,
  prices: Uint32Array,
  book: OrderBook,
  plain: PlainBook,
  last: number,
) {
  const buys = random.below(2) === 0;
  const side = buys ? BID : ASK;
  const price = prices[random.below(prices.length)]!;
  const quantity = random.below(3) === 0 ? value(random) : random.below(5);
  const id = random.below(last + 2);
  switch (random.below(8)) {
    case 0:
      return [book.cancel(id), plain.cancel(id)];
    case 1:
      return [book.modify(id, price, quantity), plain.modify(id, price, quantity)];
    case 2:
      return [
        book.market(side, quantity),
        plain.enter(buys, buys ? Infinity : -Infinity, quantity, false),
      ];
    case 3:
      return [book.immediate(side, price, quantity), plain.enter(buys, price, quantity, false)];
    default:
      return [book.limit(side, price, quantity), plain.enter(buys, price, quantity, true)];
  }
}

function assertSameOrders(book: OrderBook, plain: PlainBook): void {
  assertEquals(book.resting, plain.orders.length);
  for (const order of plain.orders) assertEquals(book.remaining(order.id), order.quantity);
  for (const side of [BID, ASK] as const) {
    const expected = new Map<number, number>();
    for (const { price, quantity } of plain.side(side === BID)) {
      expected.set(price, (expected.get(price) ?? 0) + quantity);
    }
    const prices = new Uint32Array(OPERATIONS);
    const quantities = new Float64Array(OPERATIONS);
    const levels = book.depth(side, prices, quantities);
    const depth = Array.from({ length: levels }, (_, i) => [prices[i], quantities[i]]);
    assertEquals(depth, [...expected]);
    assertEquals(book.best(side), [...expected.keys()][0] ?? null);
  }
}

Deno.test("the book reports and keeps what a sorted list does", () => {
  forCases("order book", CASES, (random) => {
    const book = new OrderBook();
    const plain = new PlainBook();
    const prices = column(random, 1 + random.below(6));
    let last = 0;
    for (let i = random.below(OPERATIONS); i > 0; i--) {
      const [ours, theirs] = operate(random, prices, book, plain, last);
      assertEquals(ours, theirs);
      if (typeof ours === "number") last = Math.max(last, ours);
      assertEquals(drain(book), plain.fills.splice(0));
    }
    assertSameOrders(book, plain);
  });
});

Deno.test("a book of thousands of orders stays what a sorted list is", () => {
  forCases("long runs", 3, (random) => {
    const book = new OrderBook();
    const plain = new PlainBook();
    const prices = Uint32Array.from({ length: 3_000 }, () => random.below(10_000_000));
    let last = 0;
    for (let i = 0; i < 1_500; i++) {
      const [ours, theirs] = operate(random, prices, book, plain, last);
      assertEquals(ours, theirs);
      if (typeof ours === "number") last = Math.max(last, ours);
    }
    assertEquals(drain(book), plain.fills);
    assertEquals(book.resting, plain.orders.length);
  });
});

Deno.test("an order that sweeps more makers than the log has room for fills from all", () => {
  const book = new OrderBook();
  const makers = 5_000;
  for (let i = 0; i < makers; i++) book.limit(ASK, 300_000 + i % 7, 1);
  assertEquals(book.limit(BID, 300_006, makers + 3), makers + 1);
  const fills = drain(book);
  assertEquals(fills.length, makers);
  assertEquals(new Set(fills.map(([, maker]) => maker)).size, makers);
  assert(fills.every(([, , price], i) => i === 0 || price >= fills[i - 1]![2]));
  assertEquals([book.resting, book.best(ASK), book.best(BID)], [1, null, 300_006]);
  assertEquals(book.remaining(makers + 1), 3);
});

Deno.test("only a smaller quantity at the same price keeps an order's place", () => {
  const makersAfter = (price: number, quantity: number) => {
    const book = new OrderBook();
    const first = book.limit(ASK, 500, 5);
    book.limit(ASK, 500, 5);
    assert(book.modify(first, price, quantity));
    book.market(BID, 100);
    return drain(book).map(([, maker, , quantity]) => [maker, quantity]);
  };
  assertEquals(makersAfter(500, 4), [[1, 4], [2, 5]]);
  assertEquals(makersAfter(500, 6), [[2, 5], [1, 6]]);
  assertEquals(makersAfter(501, 4), [[2, 5], [1, 4]]);
  assertEquals(makersAfter(500, 0), [[2, 5]]);
});

Deno.test("the extreme prices rest and trade", () => {
  const book = new OrderBook();
  book.limit(BID, 0, MAX_U32);
  book.limit(ASK, MAX_U32, MAX_U32);
  assertEquals([book.best(BID), book.best(ASK)], [0, MAX_U32]);
  book.market(BID, 1);
  book.market(ASK, 2);
  assertEquals(drain(book), [[3, 2, MAX_U32, 1], [4, 1, 0, 2]]);
});

Deno.test("the book refuses what is no u32 and gives no id for it", () => {
  const book = new OrderBook();
  for (const wrong of [-1, 0.5, NaN, 2 ** 32]) {
    assertThrows(() => book.limit(BID, wrong, 1), RangeError, "price");
    assertThrows(() => book.limit(BID, 1, wrong), RangeError, "quantity");
    assertThrows(() => book.market(BID, wrong), RangeError, "quantity");
    assertThrows(() => book.modify(1, wrong, 1), RangeError, "price");
    assertThrows(() => book.modify(1, 1, wrong), RangeError, "quantity");
  }
  assertEquals(book.limit(BID, 1, 1), 1);
});
