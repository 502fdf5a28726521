import Quantities

/// How rough the traffic is below its seasonal shape.
public struct Burstiness: Hashable, Sendable {
  /// Variance over mean of the counts per step around the fit: 1 for independent arrivals (Poisson), more where
  /// they come in bursts. Rates of many requests show large values from slow swings alone.
  public let indexOfDispersion: Double?
  /// Middle 80 % of demand over fit, as the larger of the two factors: 1.1 means most steps lie within 10 %.
  public let typicalDeviation: Factor
  /// The largest step of an hour over the hour's mean, as the median and the 99th percentile over hours; nil for
  /// steps of an hour or more.
  public let peakToMeanWithinHour: (median: Factor, p99: Factor)?

  init?(of fit: SeasonalFit) {
    let values = fit.series.rawValues
    let flagged = Set(fit.outliers.map { $0.index })
    var ratios: [Double] = []
    var squares = 0.0
    var sum = 0.0
    for i in values.indices where !values[i].isNaN && !fit.inEvent[i] && !flagged.contains(i) {
      let expected = fit.fitted(i)
      guard expected > 0 else { continue }
      ratios.append(values[i] / expected)
      squares += (values[i] - expected) * (values[i] - expected)
      sum += expected
    }
    guard ratios.count >= 8, let q = Statistics.quantiles(ratios, [0.1, 0.9]) else { return nil }
    indexOfDispersion = sum > 0 ? squares / sum * fit.stepSeconds : nil
    typicalDeviation = Factor(rawValue: max(q[1], q[0] > 0 ? 1 / q[0] : q[1], 1))
    let perHour = Int((3600 / fit.stepSeconds).rounded())
    guard perHour >= 2, fit.series.step * perHour == .hours(1) else {
      peakToMeanWithinHour = nil
      return
    }
    let means = fit.series.aggregated(to: .hours(1), by: .mean, aligned: true).rawValues
    let peaks = fit.series.aggregated(to: .hours(1), by: .maximum, aligned: true).rawValues
    let within = zip(peaks, means).compactMap { $1 > 0 ? $0 / $1 : nil }
    peakToMeanWithinHour = Statistics.quantiles(within, [0.5, 0.99]).map {
      (Factor(rawValue: $0[0]), Factor(rawValue: $0[1]))
    }
  }

  public static func == (a: Burstiness, b: Burstiness) -> Bool {
    a.indexOfDispersion == b.indexOfDispersion && a.typicalDeviation == b.typicalDeviation
      && a.peakToMeanWithinHour?.median == b.peakToMeanWithinHour?.median
      && a.peakToMeanWithinHour?.p99 == b.peakToMeanWithinHour?.p99
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(indexOfDispersion)
    hasher.combine(typicalDeviation)
  }
}
