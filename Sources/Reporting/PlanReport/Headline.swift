import Planning
import Quantities

/// The answer of a plan in a sentence or two that somebody can act on, by situation.
public enum Headline: Hashable, Sendable {
  /// Replicas to add, the day by which, and the total after it.
  public struct Addition: Hashable, Sendable {
    public var count: Int
    public var total: Int
    public var by: CivilDate
    public var event: String?
    public init(count: Int, total: Int, by: CivilDate, event: String?) {
      self.count = count
      self.total = total
      self.by = by
      self.event = event
    }
  }

  /// The expected demand passes the capacity of today on a day.
  case runsOut(on: CivilDate, Addition)
  /// Only the high end of the forecast does.
  case mayRunOut(on: CivilDate, Addition)
  /// What runs today is enough to the end of the horizon; `spare` is its share above the expected peak.
  case lasts(running: Int, until: CivilDate, spare: Double)
  /// What runs today carries the forecast, but not with the headroom that the plan asks for.
  case thin(until: CivilDate, Addition)
  /// Much more runs than the plan asks for.
  case tooMuch(running: Int, needed: Int, until: CivilDate)
  /// The autoscaler's upper bound keeps the fleet from what the plan asks for.
  case blocked(maximum: Int, needed: Int, peak: String, event: String?, on: CivilDate?)
  /// The plan does not say what runs today.
  case hold(replicas: Int, peak: String, until: CivilDate, event: String?, on: CivilDate?)
  /// No history: a first estimate.
  case start(replicas: Int, average: String?, peak: String, headroom: String)

  /// Running more than this over the need is called too much: less is within the error of a forecast.
  static let surplus = 1.5

  public init(_ outcome: PlanOutcome) {
    let sizing = outcome.sizing
    let zone = outcome.plan.zone
    let today = zone.local(outcome.now).date
    let end = zone.local(outcome.now + outcome.plan.horizon).date
    let peakEvent = outcome.demand.peakEvent
    guard outcome.demand.forecast != nil, outcome.trace != nil else {
      if let running = sizing.running {
        self = Headline.stated(running: running, outcome, today: today, end: end)
        return
      }
      self = .start(
        replicas: sizing.replicas, average: outcome.ledger["average"]?.shown, peak: "\(sizing.peak.mid)",
        headroom: Wording.percent(outcome.headroom.fraction))
      return
    }
    let isBlocked = outcome.findings.contains { $0.code == "maximum-too-low" && $0.severity == .act }
    if isBlocked, outcome.runway?.expected == nil {
      self = .blocked(
        maximum: outcome.bounds.maximum, needed: sizing.replicas, peak: "\(sizing.peak.mid)", event: peakEvent?.name,
        on: peakEvent?.start)
      return
    }
    guard let running = sizing.running else {
      self = .hold(
        replicas: sizing.replicas, peak: "\(sizing.peak.mid)", until: end, event: peakEvent?.name, on: peakEvent?.start)
      return
    }
    let missing = sizing.replicas - running
    let finding = outcome.findings.first { $0.code == "capacity-runs-out" }
    let cause = outcome.runway?.cause
    func addition(_ day: CivilDate) -> Addition {
      let event = outcome.demand.events.first { $0.name == cause && abs($0.start - day) <= 31 }
      let by = finding?.by ?? event?.dates.inPlaceBy ?? day - 1
      return Addition(count: missing, total: sizing.replicas, by: max(by, today), event: cause)
    }
    if let day = outcome.runway?.expected, missing > 0 {
      self = .runsOut(on: day, addition(day))
    } else if let day = outcome.runway?.early, missing > 0 {
      self = .mayRunOut(on: day, addition(day))
    } else {
      self = Headline.stated(running: running, outcome, today: today, end: end)
    }
  }

  /// What runs today against what the plan asks for, where no day of running out is known.
  private static func stated(running: Int, _ outcome: PlanOutcome, today: CivilDate, end: CivilDate) -> Headline {
    let sizing = outcome.sizing
    let missing = sizing.replicas - running
    if missing > 0 {
      let event = outcome.demand.peakEvent
      let by = max(today, event?.dates.inPlaceBy ?? today)
      return .thin(until: end, Addition(count: missing, total: sizing.replicas, by: by, event: event?.name))
    }
    if Double(running) >= Double(sizing.replicas) * surplus, running - sizing.replicas >= 2 {
      return .tooMuch(running: running, needed: sizing.replicas, until: end)
    }
    let held = outcome.plan.carried(by: running).mid
    let spare = sizing.peak.mid > .zero ? held / sizing.peak.mid - 1 : 0
    return .lasts(running: running, until: end, spare: spare)
  }

  /// The sentence.
  /// - Parameter today: dates in its year are written without the year.
  public func sentence(today: CivilDate) -> String {
    func day(_ date: CivilDate) -> String { Wording.day(date, now: today) }
    switch self {
    case .runsOut(let date, let add):
      let purpose = add.event.map { " to hold \($0)" } ?? ""
      if date <= today {
        return
          "Today's capacity no longer carries the expected peak. Add \(Wording.count(add.count, "replica")) now\(purpose)."
      }
      if add.by <= today {
        return "Capacity runs out on \(day(date)). Add \(Wording.count(add.count, "replica")) now\(purpose)."
      }
      return
        "Capacity runs out on \(day(date)). Add \(Wording.count(add.count, "replica")) by \(Wording.nearDay(add.by, beside: date))\(purpose)."
    case .mayRunOut(let date, let add):
      let by = add.by <= today ? "now" : "by \(Wording.nearDay(add.by, beside: date))"
      return
        "Capacity holds in the expected case but may run out on \(day(date)). Add \(Wording.count(add.count, "replica")) \(by) to be safe."
    case .lasts(let running, let end, let spare):
      return
        "Capacity suffices until \(day(end)): the \(Wording.count(running, "replica")) of today carry the expected peak with \(Wording.percent(max(0, spare))) to spare."
    case .thin(let end, let add):
      let by = add.by <= today ? "now" : "by \(Wording.nearDay(add.by, beside: end))"
      return
        "Today's capacity falls short of the plan. Add \(Wording.count(add.count, "replica")) \(by) to have the headroom\(add.event.map { " for \($0)" } ?? "")."
    case .tooMuch(let running, let needed, let end):
      return
        "\(Wording.count(needed, "replica")) are enough until \(day(end)). Today \(NumberFormat.grouped(Double(running))) run: \(NumberFormat.grouped(Double(running - needed))) can go."
    case .blocked(let maximum, let needed, let peak, let event, let date):
      let occasion = event.map { name in " of \(name)" + (date.map { " on \(day($0))" } ?? "") } ?? ""
      return
        "The maximum of \(Wording.count(maximum, "replica")) cannot carry the peak of \(peak)\(occasion). Raise it to \(NumberFormat.grouped(Double(needed)))."
    case .hold(let replicas, let peak, let end, let event, let date):
      let occasion =
        event.map { name in " for \(name)" + (date.map { " on \(day($0))" } ?? "") } ?? " until \(day(end))"
      return "Hold \(Wording.count(replicas, "replica"))\(occasion): the expected peak is \(peak)."
    case .start(let replicas, let average, let peak, let headroom):
      let basis = average.map { "an average of \($0) and a peak of \(peak)" } ?? "a peak of \(peak)"
      return "Start with \(Wording.count(replicas, "replica")): \(basis) as stated, with \(headroom) headroom."
    }
  }
}
