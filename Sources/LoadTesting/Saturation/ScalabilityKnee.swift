import Glibc
import Quantities
import Serving

extension ScalabilityFit {
  /// The law through what load tests measured at several levels; nil for fewer than six different ones, as the author of
  /// the law advises, and where the points are no curve.
  init?(levels points: [(concurrency: Double, throughput: Double)]) {
    let kept = points.filter {
      $0.concurrency > 0 && $0.throughput > 0 && $0.concurrency.isFinite && $0.throughput.isFinite
    }
    guard Set(kept.map { ($0.concurrency * 100).rounded() }).count >= 6, let fit = try? ScalabilityFit(kept) else {
      return nil
    }
    self = fit
  }
}

/// Where throughput stops growing with concurrency: two straight pieces that meet.
public struct ScalabilityKnee: Sendable, Hashable {
  public var concurrency: Double
  public var throughput: Double

  /// Least squares of a rising and a flat piece over every possible place. Accepted where the second rises at most a
  /// quarter as steeply as the first and the two explain at least half of what one line leaves.
  public init?(fitting points: [(concurrency: Double, throughput: Double)]) {
    let sorted = points.filter { $0.concurrency.isFinite && $0.throughput.isFinite }
      .sorted { $0.concurrency < $1.concurrency }
    guard sorted.count >= 5 else { return nil }
    func residual(_ part: ArraySlice<(concurrency: Double, throughput: Double)>) -> (error: Double, slope: Double)? {
      guard let line = Statistics.line(x: part.map(\.concurrency), y: part.map(\.throughput)) else { return nil }
      return (
        part.reduce(0) { $0 + pow($1.throughput - line.intercept - line.slope * $1.concurrency, 2) }, line.slope
      )
    }
    guard let whole = residual(sorted[...]), whole.error > 0 else { return nil }
    var best: (error: Double, at: Int)?
    for i in 2...(sorted.count - 2) {
      guard let first = residual(sorted[..<i]), let second = residual(sorted[(i - 1)...]), first.slope > 0,
        second.slope <= first.slope / 4
      else { continue }
      let error = first.error + second.error
      if error < (best?.error ?? .infinity) { best = (error, i - 1) }
    }
    guard let best, best.error <= whole.error / 2 else { return nil }
    concurrency = sorted[best.at].concurrency
    throughput = sorted[best.at].throughput
  }
}
