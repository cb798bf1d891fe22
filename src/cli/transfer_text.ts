/** Tells each tenth of a transfer once, in percent; what is done with its first part, not at all. */
export function tenths(tell: (percent: number) => void): (done: number, total: number) => void {
  let told = 0;
  return (done, total) => {
    const tenth = total === 0 ? 0 : Math.floor(10 * done / total);
    if (tenth <= told || tenth === 10) return;
    told = tenth;
    tell(10 * tenth);
  };
}
