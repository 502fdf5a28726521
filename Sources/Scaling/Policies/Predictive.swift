import Quantities

/// Acts on a forecast: what the time until a new replica serves will need is started now.
///
/// AWS calls the two modes ForecastOnly (its default) and ForecastAndScale, and the time ahead SchedulingBufferTime
/// (300 s).
public struct PredictivePolicy: ScalingPolicy {
  public enum Mode: String, Sendable, Hashable, CaseIterable {
    case forecastOnly = "forecast_only"
    case forecastAndScale = "forecast_and_scale"
  }
  /// Requests a second to come; an upper quantile of the forecast is the safer series.
  public let forecast: TimeSeries<RequestRate>
  /// Requests a second that one replica should serve.
  public let perReplica: RequestRate
  /// How far ahead it looks: at least the time until a new replica serves.
  public let lead: Duration
  public let mode: Mode
  public let minimum: Int
  public let maximum: Int
  public let period: Duration

  public init(
    forecast: TimeSeries<RequestRate>, perReplica: RequestRate, lead: Duration = .seconds(300),
    mode: Mode = .forecastAndScale, minimum: Int = 1, maximum: Int = 100, period: Duration = .seconds(60)
  ) {
    self.forecast = forecast
    self.perReplica = perReplica
    self.lead = max(.zero, lead)
    self.mode = mode
    self.minimum = minimum
    self.maximum = max(minimum, maximum)
    self.period = period
  }

  public var reads: SignalSet { [] }

  public mutating func step(_ observation: Observation) -> Decision {
    let current = observation.replicas.desired
    let from = forecast.index(of: observation.time)
    // The period until the next look belongs to the time that this look must provide for.
    let to = forecast.index(of: observation.time + lead + period)
    var peak = -Double.infinity
    if to >= 0, from < forecast.count {
      for i in max(0, from)...max(0, min(to, forecast.count - 1)) where forecast.rawValues[i] > peak {
        peak = forecast.rawValues[i]
      }
    }
    guard peak >= 0, peak.isFinite, perReplica.rawValue > 0 else {
      return Decision(desired: current, because: Reason(.forecastMissing))
    }
    let needed = Int(min(Statistics.ceilingOfRatio(peak, perReplica.rawValue), 1e9))
    let wanted = min(max(needed, minimum), maximum)
    guard mode == .forecastAndScale else {
      return Decision(
        desired: current, because: Reason(.forecastOnly, measured: peak, limit: lead.seconds, proposed: wanted))
    }
    return Decision(
      desired: wanted, because: Reason(.forecastPeak, measured: peak, limit: lead.seconds, proposed: needed))
  }
}

extension Rule {
  public static let forecastPeak = Rule(
    "forecast",
    "{measured} req/s are forecast within {limit} s: {proposed} replicas")
  public static let forecastOnly = Rule(
    "forecast-only",
    """
    {measured} req/s are forecast within {limit} s; {proposed} replicas would be set, but the mode is \
    forecast only
    """)
  public static let forecastMissing = Rule("no-forecast", "the forecast says nothing of this time: the replicas stay")
}
