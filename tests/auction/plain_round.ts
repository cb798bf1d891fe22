/** A standing order for a class. */
export interface Order {
  limit: number;
  quantity: number;
  arrival: number;
  admits(gpu: number): boolean;
}

/** A clearing round by sorting orders and trying each GPU in turn. */
export function plainRound(orders: Order[], asks: number[]) {
  const fills = orders.map(() => 0);
  const takers: (number | null)[] = asks.map(() => null);
  const queue = orders.map((order, row) => ({ ...order, row }))
    .sort((a, b) => b.limit - a.limit || a.arrival - b.arrival || a.row - b.row);
  const shelf = asks.map((ask, gpu) => ({ ask, gpu })).sort((a, b) =>
    a.ask - b.ask || a.gpu - b.gpu
  );
  for (const { row, limit, quantity, admits } of queue) {
    let wanted = quantity;
    for (const { ask, gpu } of shelf) {
      if (wanted === 0 || ask > limit) break;
      if (takers[gpu] !== null || !admits(gpu)) continue;
      takers[gpu] = row;
      fills[row]! += 1;
      wanted--;
    }
  }
  return { fills, takers };
}
