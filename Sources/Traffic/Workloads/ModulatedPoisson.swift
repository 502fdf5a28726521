import Glibc
import Quantities

/// Arrivals that are Poisson at a rate which jumps between two states by chance (a Markov-modulated Poisson process, MMPP-2):
/// bursts that last, which gaps that are drawn one by one cannot have.
///
/// The variance of the count over its mean, in a time t at mean rate m, is with r the sum of both switching rates and s the
/// rate's coefficient of variation (Heffes and Lucantoni, IEEE Journal on Selected Areas in Communications 4(6), 1986):
///
///     IDC(t) = 1 + 2 m s^2 / r (1 - (1 - e^{-rt}) / (rt))
public struct ModulatedPoisson: Hashable, Sendable {
  /// The rate's coefficient of variation, s.
  public let variation: Double
  /// The sum of both switching rates, r, a second: the state is forgotten after 1 / r.
  public let switching: Double
  /// The share of time in the busy state: half, or as much less as keeps the quiet rate from going below zero.
  public let busyShare: Double
  /// The mean rate at which it was fitted, m.
  public let meanRate: RequestRate

  /// - Precondition: a variation of 0 or more, switching and rate above 0, all finite.
  public init(variation: Double, switching: Double, meanRate: RequestRate) {
    precondition(variation >= 0 && variation.isFinite, "a variation is 0 or more")
    precondition(switching > 0 && switching.isFinite, "states switch at a rate above 0")
    precondition(meanRate > .zero && meanRate.isFinite, "a mean rate is above 0")
    self.variation = variation
    self.switching = switching
    self.meanRate = meanRate
    busyShare = min(0.5, 1 / (1 + variation * variation))
  }

  /// What the mean rate is multiplied by in the busy and in the quiet state.
  public var factors: (busy: Double, quiet: Double) {
    let odds = ((1 - busyShare) / busyShare).squareRoot()
    return (1 + variation * odds, max(0, 1 - variation / odds))
  }

  /// The index of dispersion for counts over a time in seconds.
  public func dispersion(over time: Double) -> Double {
    1 + 2 * meanRate.perSecond * variation * variation / switching * Self.growth(switching * time)
  }
  /// Its limit over long times.
  public var dispersion: Double { 1 + 2 * meanRate.perSecond * variation * variation / switching }

  /// 1 - (1 - e^-x) / x: from x / 2 for small to 1 for large x.
  private static func growth(_ x: Double) -> Double { x < 1e-5 ? x / 2 - x * x / 6 : 1 + expm1(-x) / x }

  /// The process whose dispersion over a short and over a long time is that of recorded arrivals.
  ///
  /// - Parameters:
  ///   - times: seconds, rising.
  ///   - short: seconds; over which counts are compared.
  ///   - long: seconds; the recording should hold 20 of them or more.
  /// - Returns: nil where arrivals are too few, or come no burstier than Poisson.
  public init?(fitting times: [Double], short: Double = 1, long: Double = 60) {
    guard let first = times.first, let last = times.last, last > first, short > 0, long > short else { return nil }
    let span = last - first
    let long = min(long, span / 20)
    guard long > 2 * short, times.count >= 100 else { return nil }
    func dispersion(over width: Double) -> Double {
      var counts = [Double](repeating: 0, count: Int(span / width))
      for time in times {
        let cell = Int((time - first) / width)
        if cell < counts.count { counts[cell] += 1 }
      }
      guard let mean = Statistics.mean(counts), let variance = Statistics.variance(counts), mean > 0 else { return 1 }
      return variance / mean
    }
    let (a, b) = (dispersion(over: short) - 1, dispersion(over: long) - 1)
    guard a > 0, b > 0 else { return nil }
    // The ratio of both lies between 1 (forgotten at once) and long / short (never).
    var (low, high) = (1e-3 / long, 1e3 / short)
    for _ in 0..<100 {
      let middle = (low * high).squareRoot()
      if Self.growth(middle * long) / Self.growth(middle * short) > b / a { low = middle } else { high = middle }
    }
    let switching = (low * high).squareRoot()
    let rate = Double(times.count) / span
    let square = b * switching / (2 * rate * Self.growth(switching * long))
    self.init(variation: square.squareRoot(), switching: switching, meanRate: .perSecond(rate))
  }
}
