const THREE = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** Three significant digits, thousands apart. */
export function short(value: number): string {
  return THREE.format(value);
}

export function percent(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} %`;
}
