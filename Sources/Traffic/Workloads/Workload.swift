import Quantities

/// Demand as a world of simulation or a load test receives it: a rate over time, how arrivals scatter around it, and
/// what kinds of request they are.
public struct Workload: Sendable {
  public let series: TimeSeries<RequestRate>
  public let arrivals: ArrivalProcess
  public let mix: [RequestKind]

  /// - Parameter mix: kinds of request with their weights; one kind unless told.
  public init(series: TimeSeries<RequestRate>, arrivals: ArrivalProcess = .poisson, mix: [RequestKind] = [.ordinary]) {
    self.series = series
    self.arrivals = arrivals
    self.mix = mix.isEmpty ? [.ordinary] : mix
  }

  /// The demand of a trace, its gaps filled by straight lines.
  public init(trace: Trace, arrivals: ArrivalProcess = .poisson) {
    self.init(series: trace.series.interpolated(), arrivals: arrivals)
  }

  /// One possible future of a forecast.
  public init(forecast: Forecast, path: Int, arrivals: ArrivalProcess = .poisson) {
    self.init(
      series: forecast.samplePaths(path + 1).last ?? forecast.mid, arrivals: arrivals)
  }
}

/// How single requests scatter around their rate.
public enum ArrivalProcess: Hashable, Sendable {
  /// Independent users.
  case poisson
  /// A smooth flow: no scatter at all.
  case fluid
  /// Gaps between requests drawn from a gamma distribution with this coefficient of variation: 1 is Poisson, more
  /// comes in bursts, less is regular.
  case gamma(coefficientOfVariation: Double)
  /// Two states, a busy and a quiet one, that take turns by chance: bursts that last.
  case modulated(ModulatedPoisson)
}

/// A kind of request and its share of the demand.
public struct RequestKind: Hashable, Sendable {
  public let name: String
  public let weight: Double
  /// In a line, higher ones go first; what is in service is not interrupted.
  public let priority: Int
  public init(name: String, weight: Double, priority: Int = 0) {
    self.name = name
    self.weight = weight
    self.priority = priority
  }
  public static let ordinary = RequestKind(name: "request", weight: 1)
}
