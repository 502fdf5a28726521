import Glibc
import Quantities

/// Ranges around a path, from what the same method missed at earlier origins: split conformal prediction by lead
/// (Vovk et al., 2005, "Algorithmic learning in a random world"; Stankeviciute et al., 2021, for horizons).
///
/// Misses are taken on a compressed scale, where they are nearly the same for busy and quiet hours, and pooled over
/// blocks of leads.
struct ConformalBands {
  /// Leads a block; a block also sees half a block on either side.
  static let block = 12
  /// The kink of the scale on which misses are taken.
  static let kink = 0.3
  /// Misses of origins that overlap are alike, and the weights were chosen on them: their tails are thinner than the
  /// truth's. Added to the spread, over the number of independent origins. On M4 Hourly's training part 0.3 covers
  /// .91 of steps at nominal .95, 1 covers .93, 1.7 covers .94 and 2 covers .95, at the same interval score.
  static let smallSample = 1.7

  /// By block, one miss for each of ``ForecastAnswer/levels``.
  private let misses: [[Double]]
  private let reach: Int

  /// - Parameters:
  ///   - residuals: by origin, compressed truth minus compressed path by lead; NaN where the truth is unknown.
  ///   - span: steps from the first origin to the end of the history.
  init(_ residuals: [[Double]], reach: Int, span: Int) {
    self.reach = reach
    let blocks = max(1, (reach + ConformalBands.block - 1) / ConformalBands.block)
    let independent = max(1, Double(span) / Double(max(1, reach)))
    let widen = 1 + ConformalBands.smallSample / independent
    misses = (0..<blocks).map { b in
      let leads = max(0, (b * 2 - 1) * ConformalBands.block / 2)..<min(reach, (b * 2 + 3) * ConformalBands.block / 2)
      var pool: [Double] = []
      pool.reserveCapacity(residuals.count * leads.count)
      for row in residuals { for t in leads where !row[t].isNaN { pool.append(row[t]) } }
      guard !pool.isEmpty else { return ForecastAnswer.levels.map { _ in 0 } }
      pool.sort()
      let n = Double(pool.count)
      return ForecastAnswer.levels.map { p in
        // Half an observation beyond the plain quantile on either side.
        let level = 0.5 + (p - 0.5) * (n + 1) / n
        return (Statistics.quantile(sorted: pool, min(max(level, 0), 1)) ?? 0) * widen
      }
    }
  }

  /// The miss at level `q` after `lead` steps; beyond what was looked back on it grows with the root of the lead.
  func miss(_ q: Int, lead: Int) -> Double {
    if lead < reach { return misses[min(misses.count - 1, lead / ConformalBands.block)][q] }
    let last = misses.last?[q] ?? 0
    return last * (Double(lead + 1) / Double(max(1, reach))).squareRoot()
  }
}
