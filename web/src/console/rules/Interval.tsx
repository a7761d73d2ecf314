const WIDTH = 72;
const HEIGHT = 14;

/** A difference with its interval as a bar around nothing. What holds zero is no finding, and looks like none. */
export function Interval({ low, high, value, scale, label }: { low: number; high: number; value: number; scale: number; label: string }) {
  const at = (each: number) => WIDTH / 2 + (each / scale) * (WIDTH / 2 - 2);
  const sure = low > 0 || high < 0;
  const colour = !sure ? "text-muted" : value > 0 ? "text-good" : "text-bad";
  return (
    <svg width={WIDTH} height={HEIGHT} role="img" aria-label={label} className={`shrink-0 ${colour}`}>
      <title>{label}</title>
      <line x1={WIDTH / 2} x2={WIDTH / 2} y1={0} y2={HEIGHT} stroke="var(--muted)" strokeOpacity={0.6} />
      <rect x={at(low)} y={HEIGHT / 2 - 2} width={Math.max(at(high) - at(low), 1)} height={4} rx={2} fill="currentColor" opacity={0.45} />
      <circle cx={at(value)} cy={HEIGHT / 2} r={3} fill="currentColor" />
    </svg>
  );
}
