import LoadTesting
import Quantities
import Serving

/// What the plan's service model says of a load test, to stand beside what was measured.
///
/// Each second of the test is taken as a steady state at its own rate, which is right where the rate changes slowly
/// against the service's response time. Quantiles are of all requests together: the time `t` for which the shares within
/// `t`, weighted by the requests of their seconds, reach the quantile.
public struct LoadPrediction: Sendable, Equatable {
  /// Replicas that were under test.
  public var replicas: Int
  /// The model in a line.
  public var model: String
  /// Demand over capacity, on average and in the busiest second.
  public var utilization: Double
  public var peakUtilization: Double
  /// Seconds; nil where the model knows no latency, infinite where it foresees overload.
  public var p50: Double?
  public var p99: Double?
  /// Requests in the service on average.
  public var concurrency: Double?

  /// - Parameters:
  ///   - rates: requests a second that were asked for, second by second; what is not finite or negative counts as none.
  ///   - replicas: at least 1.
  public init(of model: any ServiceModel, replicas: Int, rates: [Double]) {
    let count = max(1, replicas)
    self.replicas = count
    self.model = model.summary
    let rates = rates.map { $0.isFinite ? max(0, $0) : 0 }
    let capacity = model.capacityPerReplica.perSecond * Double(count)
    let mean = Statistics.mean(rates) ?? 0
    utilization = capacity > 0 ? mean / capacity : .infinity
    peakUtilization = capacity > 0 ? (rates.max() ?? 0) / capacity : .infinity
    // Equal rates are looked at once: a constant load is one state.
    var weights: [Double: Double] = [:]
    for rate in rates where rate > 0 { weights[rate, default: 0] += rate }
    // 200 levels are finer than a second's own scatter; a sine of an hour has thousands.
    let states = Self.grouped(weights, into: 200)
    let levels = states.map { model.level(of: .perSecond($0.rate), replicas: count) }
    guard !states.isEmpty, levels.allSatisfy({ $0.latency != nil }) else { return }
    let total = states.reduce(0) { $0 + $1.weight }
    concurrency =
      zip(states, levels).reduce(0) { $0 + $1.0.weight / $1.0.rate * ($1.1.concurrency ?? .nan) }
      / max(1e-300, states.reduce(0) { $0 + $1.weight / $1.rate })
    func share(_ bound: Double) -> Double {
      states.reduce(0) {
        $0 + $1.weight / total
          * (model.share(of: .response, within: bound, of: .perSecond($1.rate), replicas: count) ?? 0)
      }
    }
    func quantile(_ p: Double) -> Double {
      var low = 0.0
      var high = 1e-3
      while share(high) < p, high < 1e6 { high *= 2 }
      guard share(high) >= p else { return .infinity }
      for _ in 0..<60 {
        let middle = (low + high) / 2
        if share(middle) >= p { high = middle } else { low = middle }
      }
      return high
    }
    p50 = quantile(0.5)
    p99 = quantile(0.99)
  }

  private static func grouped(_ weights: [Double: Double], into most: Int) -> [(rate: Double, weight: Double)] {
    let sorted = weights.sorted { $0.key < $1.key }.map { (rate: $0.key, weight: $0.value) }
    guard sorted.count > most else { return sorted }
    return (0..<most).compactMap { i in
      let part = sorted[(i * sorted.count / most)..<((i + 1) * sorted.count / most)]
      let weight = part.reduce(0) { $0 + $1.weight }
      // The largest rate of a group stands for it: a prediction errs on the careful side.
      return part.last.map { ($0.rate, weight) }
    }
  }

  /// What was measured of the same: the busy share that the achieved rate means by the model's own capacity, and the
  /// requests in the service by Little's law.
  public static func measured(_ result: LoadResult, model: any ServiceModel, replicas: Int) -> LoadMeasurement {
    let capacity = model.capacityPerReplica.perSecond * Double(max(1, replicas))
    let rate = result.achievedRate.perSecond
    return LoadMeasurement(
      utilization: capacity > 0 ? rate / capacity : .infinity,
      p50: result.latency.quantile(0.5), p99: result.latency.quantile(0.99),
      concurrency: result.service.mean.map { rate * $0 })
  }
}

/// The measured side of a ``LoadPrediction``.
public struct LoadMeasurement: Sendable, Equatable {
  public var utilization: Double
  /// Seconds from the scheduled time.
  public var p50: Double?
  public var p99: Double?
  public var concurrency: Double?
}
