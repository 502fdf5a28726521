import Catalogs
import Documents
import Quantities
import Traffic

/// Demand: where it comes from, what will change it, and how far ahead the plan looks.
enum DemandSlice: PlanSlice {
  typealias Spec = DemandSpec
  typealias Settings = DemandSettings
  typealias Answer = DemandOutlook

  static func fields(_ format: PlanFormat) -> [Field] {
    [
      Field("traffic", "where demand comes from and what will change it", .object(traffic(format)), required: true),
      Field("horizon", "how far ahead to plan", UnitSchema.span, example: "90d", default: "90d"),
    ]
  }

  private static func traffic(_ format: PlanFormat) -> ObjectSchema {
    ObjectSchema(
      title: "traffic", summary: "Demand: a history to measure, or an average to start from.",
      fields: [
        Field("source", "a file or a Prometheus server", .object(source(format))),
        Field("average", "average rate, where there is no history", UnitSchema.rate, example: "30000/s"),
        Field(
          "peak to average", "peak over average, where there is no history", .number, example: "2.5", default: "2.5"),
        Field(
          "unit",
          "what a value counts: requests per second, in its step, or since some start; told by the column's name where absent",
          .choice(["per second", "per step", "counter", "gauge"]), example: "per step"),
        Field("step", "resample to this step", UnitSchema.span, example: "5m"),
        Field(
          "time zone", "the users' clock, for daily and weekly cycles", .string, example: "Europe/Berlin",
          default: "UTC"),
        Field(
          "growth", "growth of the level; measured in the history where absent",
          UnitSchema.estimate(
            of: UnitSchema.yearlyGrowth, "growth", examples: ["10%/year", "20%/year", "35%/year"]), example: "20%/year"),
        Field(
          "like",
          "a sister series that has seen a year, as a source is given: its season of the year holds where the history is too short to know its own",
          .object(source(format))),
        Field("events", "what will lift demand", .list(.object(event))),
      ])
  }

  private static func source(_ format: PlanFormat) -> ObjectSchema {
    var seen: Set<String> = []
    let names = format.sources.map(\.name)
    return ObjectSchema(
      title: "source",
      summary: "Exactly one of \(names.dropLast().joined(separator: ", ")) and \(names.last ?? "nothing").",
      fields: format.sources.flatMap(\.fields).filter { seen.insert($0.name).inserted }.map { field in
        var field = field
        field.required = false
        return field
      })
  }

  static let event = ObjectSchema(
    title: "event",
    summary:
      "A day or days of higher demand: a name, or a calendar. A name from the catalog brings its rule, lift and lead time.",
    fields: [
      Field("name", "the event's name", .string, example: "Black Friday"),
      Field(
        "calendar", "instead of a name: an iCalendar file beside the plan; lift and lead hold for entries without one",
        .string, example: "holidays.ics"),
      Field("date", "its first day", .date, example: "2026-11-27"),
      Field(
        "rule", "its first day by a rule",
        .quantity("rule", examples: ["Friday after the fourth Thursday of November", "every 2 weeks from 2026-01-05"])
      ),
      Field(
        "at", "the time of day at which it starts, by the users' clock", .string, example: "18:00", default: "00:00"),
      Field("days", "how many days it lasts", .number, example: "4"),
      Field("duration", "how long it lasts, where days are too coarse", UnitSchema.span, example: "6h"),
      Field(
        "lift", "demand during the event over ordinary demand",
        UnitSchema.estimate(of: UnitSchema.factor, "factor", examples: ["3", "4", "5"]), example: "4"),
      Field("lead", "how long before the event to decide", UnitSchema.span, example: "75d"),
    ])
}

/// Where the demand comes from and what will change it, as written.
public struct DemandSpec: Sendable {
  public var source: DemandSource = .stated(average: .zero, peakToAverage: 2.5)
  public var unit: TraceUnit?
  public var step: Duration?
  public var timeZone: String?
  /// Per year. Nil: measured in the history.
  public var growth: Estimate<Fraction>?
  /// The series whose season of the year is borrowed.
  public var like: (any TrafficSource)?
  public var events: [EventSpec] = []
  public var horizon: Duration = .days(90)

  /// How a trace of the source is read.
  public func traceOptions(zone: TimeZoneRules) -> TraceOptions { TraceOptions(zone: zone, unit: unit, step: step) }
}

/// One way to get at demand.
public enum DemandSource: Sendable {
  case measured(any TrafficSource)
  /// No history: an average and a ratio, as in a first estimate on a napkin.
  case stated(average: RequestRate, peakToAverage: Double)
}

/// An event as written: a catalog name, a name with a date or rule and a lift, or a calendar of events.
public struct EventSpec: Sendable {
  public var name = ""
  /// An iCalendar file beside the plan, in place of a name.
  public var calendar: String?
  public var when: EventRule?
  /// The time of day at which it starts.
  public var startsAt: Duration?
  public var duration: Duration?
  public var lift: Estimate<Factor>?
  public var lead: Duration?
  public var location: SourceLocation?
}

/// The same with its events and its clock found.
public struct DemandSettings: Sendable {
  public var source: DemandSource
  public var unit: TraceUnit?
  public var step: Duration?
  public var zone: TimeZoneRules
  public var growth: Estimate<Fraction>?
  /// The series whose season of the year is borrowed.
  public var like: (any TrafficSource)?
  /// Its season, once it is loaded.
  public var yearly: YearlySeason?
  public var events: [Event]
  public var horizon: Duration

  /// How a trace of the source is read.
  public var traceOptions: TraceOptions { TraceOptions(zone: zone, unit: unit, step: step) }
}

extension PlanSpec {
  public var traffic: DemandSpec { self[DemandSlice.self] }
}

extension Plan {
  public var demand: DemandSettings {
    get { self[DemandSlice.self] }
    set { self[DemandSlice.self] = newValue }
  }
  public var zone: TimeZoneRules { demand.zone }
  public var horizon: Duration { demand.horizon }
  public var events: [Event] { demand.events }
}

extension PlanOutcome {
  public var demand: DemandOutlook {
    get { self[DemandSlice.self] }
    set { self[DemandSlice.self] = newValue }
  }
  /// Nil where the plan states its traffic.
  public var analysis: TrafficAnalysis? { demand.analysis }
}

/// What demand will be over the horizon.
public struct DemandOutlook: Sendable {
  /// Requests per second.
  public var peak: Estimate<RequestRate>
  public var peakTime: Timestamp?
  /// The peak without events.
  public var baseline: Estimate<RequestRate>
  /// Nil where the plan states its traffic, as the three below.
  public var forecast: Forecast?
  public var analysis: TrafficAnalysis?
  /// Possible futures from the forecast: what probabilities and expected minutes are counted on.
  var paths: [TimeSeries<RequestRate>] = []
  /// What level x shape x growth alone would have said, where the ensemble was used.
  var simpleForecast: Forecast?
  /// Events that fall in the horizon, in order of date, with the dates by which to act.
  public var events: [PlannedEvent]
  /// The growth that was used, per year.
  public var growth: Estimate<Fraction>?
  public var growthSource: String

  /// The event that makes the peak: the highest one above the peak without events.
  public var peakEvent: PlannedEvent? {
    guard let highest = events.max(by: { $0.peak.mid < $1.peak.mid }), highest.peak.mid > baseline.mid else {
      return nil
    }
    return highest
  }
}

/// One occurrence of an event in the horizon.
public struct PlannedEvent: Sendable {
  public var name: String
  public var start: CivilDate
  public var days: Double
  public var lift: Estimate<Factor>
  public var isAssumption: Bool
  /// The highest demand during the event.
  public var peak: Estimate<RequestRate>
  /// The dates by which its preparation is due.
  public var dates: EventSchedule
}
