import Glibc
import Quantities

/// What a forecaster is asked.
public struct ForecastRequest: Sendable {
  /// How far ahead, from the end of the history.
  public var horizon: Duration
  /// The moment from which on peaks, paths and ranges are told, where the history ends before it; nil for the
  /// history's end. The horizon still counts from there.
  public var from: Timestamp?
  /// How far futures are drawn on beyond the horizon, for a ``RunwayOutlook``; nil for no further than it.
  public var lookout: Duration?
  /// The users' clock.
  public var zone: TimeZoneRules
  /// Events within the horizon; those that also lie in the history are left out of its baseline and measured.
  public var events: [Event]
  /// Further events of the history only: left out of its baseline.
  public var knownEvents: [KnownEvent]
  /// The season of the year of a sister series, for a history too short to know its own.
  public var like: YearlySeason?
  /// Growth per year as the user gave it, or nil to take the history's own.
  public var growth: Estimate<Fraction>?
  /// The probability that the truth lies between low and high.
  public var confidence: Double
  /// Whether a lift taken from the catalog gives way to one measured in the history.
  public var usesMeasuredLifts: Bool
  public var seed: UInt64
  /// What is known of the history, where somebody analysed it with the same events: it is not taken apart again.
  public var analysis: TrafficAnalysis?

  /// - Precondition: the horizon is positive and 0 < confidence < 1.
  public init(
    horizon: Duration, zone: TimeZoneRules = .utc, events: [Event] = [], knownEvents: [KnownEvent] = [],
    growth: Estimate<Fraction>? = nil, confidence: Double = 0.8, usesMeasuredLifts: Bool = true, seed: UInt64 = 1
  ) {
    precondition(horizon > .zero, "a forecast needs a positive horizon")
    precondition(confidence > 0 && confidence < 1, "a confidence lies between 0 and 1")
    self.horizon = horizon
    self.zone = zone
    self.events = events
    self.knownEvents = knownEvents
    self.growth = growth
    self.confidence = confidence
    self.usesMeasuredLifts = usesMeasuredLifts
    self.seed = seed
  }
}

/// A way to look ahead.
public protocol Forecaster: Sendable {
  static var descriptor: ForecasterDescriptor { get }
  /// The forecast from the end of the history. Works for every history, also an empty one: what cannot be known is
  /// wide, and ``Forecast/because`` says so.
  func forecast(_ history: TimeSeries<RequestRate>, request: ForecastRequest) -> Forecast
}

/// What a forecaster is called and good for.
public struct ForecasterDescriptor: Hashable, Sendable {
  public let name: String
  public let summary: String
  /// What it needs and where it falls short.
  public let limits: String
}

/// Every forecaster, in the order in which help lists them.
public enum ForecasterCatalog {
  public static let all: [any Forecaster] = [Ensemble(), SeasonalBaseline()]
  public static func named(_ name: String) -> (any Forecaster)? { all.first { type(of: $0).descriptor.name == name } }
}

/// Demand ahead: for each step its likely range, and for the horizon the distribution of its peak.
///
/// The peak has a distribution of its own: the largest of many uncertain steps lies above the largest of their
/// middles, so `peak.mid` is above the top of `mid`.
public struct Forecast: Sendable {
  /// Median of each step, and the bounds between which it lies with probability `confidence`.
  public let mid: TimeSeries<RequestRate>
  public var low: TimeSeries<RequestRate> { mid.with(rawValues: ranges.value.low) }
  public var high: TimeSeries<RequestRate> { mid.with(rawValues: ranges.value.high) }
  public let confidence: Double
  /// The largest step of the horizon.
  public let peak: Estimate<RequestRate>
  /// The step at which the peak is most likely: the largest of `mid`.
  public let peakTime: Timestamp
  /// The largest step of the horizon if no event took place.
  public let baselinePeak: Estimate<RequestRate>
  /// The largest step of each local day.
  public let dailyPeaks: [DailyPeak]
  /// Growth per year that went in.
  public let growthUsed: Estimate<Fraction>
  /// What each event adds, in order of time.
  public let components: [EventComponent]
  /// The middle 80 % of an ordinary step over its fit, as the larger factor: the noise no model explains.
  public var residualSpread: Factor { Factor(rawValue: ranges.value.spread) }
  /// The forecaster's name.
  public let forecaster: String
  /// What the ensemble said about the first weeks without events; nil where none was asked.
  public let answer: ForecastAnswer?
  /// The season of the year that went in; nil where none is known.
  public let yearly: YearlySeason?
  /// Whether the horizon reaches so far that a season of the year would show, and none is known.
  public let isYearUnseen: Bool
  /// Where demand was cut off in the history; nil where it was not.
  public let flatTop: FlatTop?
  /// A change of the level within the last days of the history.
  public let change: RecentChange?
  /// How the forecast was reached and what it could not know, as sentences.
  public let because: [String]
  /// Every quantile of the same futures, from the moment asked for: of steps, and of the peak. A step's is at most its
  /// day's, a day's at most the horizon's.
  public var law: ForecastAnswer {
    ForecastAnswer(
      mean: mid.rawValues, quantiles: ranges.value.quantiles,
      peak: ForecastAnswer.peakLevels.map { SeasonalBaseline.peak(peakSamples, $0) },
      peakLow: SeasonalBaseline.peak(peakSamples, 0.1), findings: answer?.findings ?? [],
      weights: answer?.weights ?? [], backtest: answer?.backtest)
  }
  /// What stands around the middle.
  let ranges: Deferred<ForecastRanges>
  /// The largest step of the horizon on each sample path, sorted, per second.
  let peakSamples: [Double]
  let baselinePeakSamples: [Double]
  /// The horizon's futures, and the same drawn on as far as was asked.
  let model: PathModel
  let outlook: PathModel
  /// The date of each day of `outlook`.
  let dates: [CivilDate]
  /// By day and path; large, and drawn again where it was dropped.
  var draws: PeakDraws?

  /// The value that the horizon's peak stays below with probability `p`.
  public func peakQuantile(_ p: Double) -> RequestRate {
    RequestRate(rawValue: Statistics.quantile(sorted: peakSamples, p) ?? 0)
  }
  /// The same without events.
  public func baselinePeakQuantile(_ p: Double) -> RequestRate {
    RequestRate(rawValue: Statistics.quantile(sorted: baselinePeakSamples, p) ?? 0)
  }
  /// The probability that the horizon's peak exceeds a rate.
  public func probability(peakAbove rate: RequestRate) -> Double {
    guard !peakSamples.isEmpty else { return 0 }
    var low = 0
    var high = peakSamples.count
    while low < high {
      let middle = (low + high) / 2
      if peakSamples[middle] <= rate.rawValue { low = middle + 1 } else { high = middle }
    }
    return Double(peakSamples.count - low) / Double(peakSamples.count)
  }

  /// How far the level may have moved by chance after a time without data, as a share of it; what eight of ten cases
  /// stay within.
  public func levelDoubt(after gap: Duration) -> Fraction {
    Fraction(
      rawValue: expm1(min(700, Statistics.normalQuantile(0.9) * model.drift.variance(afterDays: gap.days).squareRoot()))
    )
  }

  /// Possible futures at the history's step: the same seed and index give the same path.
  ///
  /// Complexity: proportional to `count` times the steps of the horizon.
  public func samplePaths(_ count: Int, seed: UInt64? = nil) -> [TimeSeries<RequestRate>] {
    (0..<max(0, count)).map { mid.with(rawValues: model.path($0, seed: seed ?? model.seed)) }
  }
}

/// What stands around the middle of a forecast, step by step, from the moment asked for.
struct ForecastRanges: Sendable {
  var low: [Double]
  var high: [Double]
  /// By ``ForecastAnswer/levels``.
  var quantiles: [[Double]]
  /// The middle 80 % of an ordinary step over its fit, as the larger factor.
  var spread: Double

  func scaled(_ factor: Double) -> ForecastRanges {
    func all(_ values: [Double]) -> [Double] { values.map { $0 * factor } }
    return ForecastRanges(low: all(low), high: all(high), quantiles: quantiles.map(all), spread: spread)
  }
}

/// The largest step of one day ahead.
public struct DailyPeak: Hashable, Sendable {
  public let date: CivilDate
  public let peak: Estimate<RequestRate>
}

/// One occurrence of an event inside a forecast.
public struct EventComponent: Hashable, Sendable {
  public let name: String
  public let start: Timestamp
  public let end: Timestamp
  /// The lift that went in.
  public let lift: Estimate<Factor>
  /// Whether the lift is a figure of the catalog.
  public let isAssumption: Bool
  /// The event's largest step (median) with the event and without it.
  public let peak: RequestRate
  public let baselinePeak: RequestRate
  /// Where the lift comes from.
  public let because: String
}
