/** A category with fewer payments says nothing about what is usual. */
const LEAST = 8;

/** Amounts that stand out within their category; the same as ../anomalies-python, to the digit. */
export function find(items, limit) {
  const byCategory = new Map();
  for (const item of items) {
    const group = byCategory.get(item.category);
    if (group === undefined) byCategory.set(item.category, [item]);
    else group.push(item);
  }
  const found = [];
  for (const group of byCategory.values()) {
    if (group.length < LEAST) continue;
    const middle = median(group.map((item) => item.cents));
    const spread = Math.max(1, median(group.map((item) => Math.abs(item.cents - middle))));
    for (const { id, cents } of group) {
      // Whole numbers until the last step: the same result in every language.
      const score = Math.floor((Math.abs(cents - middle) * 100) / spread) / 100;
      if (score >= 5) found.push({ id, score, median: middle });
    }
  }
  found.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  return found.slice(0, limit);
}

function median(values) {
  const ordered = [...values].sort((a, b) => a - b);
  const half = ordered.length >> 1;
  return ordered.length % 2 === 1 ? ordered[half] : Math.floor((ordered[half - 1] + ordered[half]) / 2);
}
