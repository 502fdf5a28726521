import Documents
import Quantities
import Traffic

/// A forecast as it was made and kept.
public struct KeptForecast: Sendable {
  /// Later ones are higher.
  public let number: Int64
  public let series: String
  public let made: Timestamp
  /// The first step ahead, and the step.
  public let start: Timestamp
  public let step: Duration
  public let mean: [Double]
  /// One path for each of `ForecastAnswer/levels`.
  public let quantiles: [[Double]]
  /// One value for each of `ForecastAnswer/peakLevels`.
  public let peak: [Double]

  public var end: Timestamp { start + step * mean.count }

  /// - Precondition: there is a step, and every path has as many.
  public init(
    number: Int64, series: String, made: Timestamp, start: Timestamp, step: Duration, mean: [Double],
    quantiles: [[Double]], peak: [Double]
  ) {
    precondition(step > .zero && !mean.isEmpty, "a forecast has a step at least")
    precondition(quantiles.count == ForecastAnswer.levels.count && peak.count == ForecastAnswer.peakLevels.count)
    precondition(quantiles.allSatisfy { $0.count == mean.count }, "every quantile has a value a step")
    self.number = number
    self.series = series
    self.made = made
    self.start = start
    self.step = step
    self.mean = mean
    self.quantiles = quantiles
    self.peak = peak
  }

  /// From a kept answer (`ForecastAnswer/write(to:)`); nil where it is none, or damaged.
  public init?(number: Int64, series: String, made: Timestamp, start: Timestamp, step: Duration, result: String) {
    guard step > .zero, let node = try? JSON.parse(Array(result.utf8), file: "forecast \(number)"),
      let mean = node["mean"]?.numbers, !mean.isEmpty, mean.count <= ForecastQuestion.longestHorizon,
      mean.allSatisfy({ $0.isFinite })
    else { return nil }
    let quantiles = ForecastAnswer.levelNames.compactMap { node[$0]?.numbers }
    let peak = ForecastAnswer.peakLevelNames.compactMap { node["peak"]?[$0]?.number }
    guard quantiles.count == ForecastAnswer.levelNames.count, peak.count == ForecastAnswer.peakLevelNames.count,
      quantiles.allSatisfy({ $0.count == mean.count && $0.allSatisfy { $0.isFinite } }),
      peak.allSatisfy({ $0.isFinite })
    else { return nil }
    self.init(
      number: number, series: series, made: made, start: start, step: step, mean: mean, quantiles: quantiles, peak: peak
    )
  }
}
