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

  /// The expected demand passes the capacity of today, on a day where one is known.
  case runsOut(on: CivilDate?, Addition)
  /// Only the high end of the forecast does.
  case mayRunOut(on: CivilDate?, Addition)
  /// What runs today is enough to the end of the horizon; `spare` is its share above the expected peak.
  case lasts(running: Int, until: CivilDate, spare: Double)
  /// What runs today is what the plan asks for; the high end of the forecast exceeds it all the same.
  case tight(running: Int, until: CivilDate, day: CivilDate?)
  /// What runs today carries the forecast, but not with the headroom that the plan asks for.
  case thin(until: CivilDate, Addition)
  /// Much more runs than the plan asks for.
  case tooMuch(running: Int, needed: Int, until: CivilDate)
  /// The autoscaler's upper bound keeps the fleet from what the plan asks for.
  case blocked(maximum: Int, needed: Int, peak: String, event: String?, on: CivilDate?)
  /// Enough for the peak, but not for what the plan must survive: `needed` replicas do.
  case falls(loss: String, needed: Int, peak: String)
  /// What runs today carries the peak, and something must be done all the same: the first such finding.
  case act(String)
  /// The plan does not say what runs today.
  case hold(replicas: Int, peak: String, until: CivilDate, event: String?, on: CivilDate?)
  /// No history: a first estimate.
  case start(replicas: Int, average: String?, peak: String, headroom: String)

  public init(_ outcome: PlanOutcome) {
    let sizing = outcome.sizing
    let end = outcome.plan.zone.local(outcome.now + outcome.plan.horizon).date
    let peakEvent = outcome.demand.peakEvent
    let standing = outcome.standing
    let isBlocked = outcome.findings.contains { $0.code == "maximum-too-low" && $0.severity == .act }
    if isBlocked {
      // What runs out today comes first: more replicas are asked for all the same.
      if case .runsOut = standing {
      } else {
        self = .blocked(
          maximum: outcome.bounds.maximum, needed: sizing.replicas, peak: "\(sizing.peak.mid)",
          event: peakEvent?.name, on: peakEvent?.start)
        return
      }
    }
    func addition(_ it: SizingFinding.Shortfall) -> Addition {
      Addition(count: it.missing, total: it.replicas, by: it.addBy, event: it.cause)
    }
    // Nothing is called enough beside a finding that asks for more.
    if !standing.asksForMore, let (survival, needed) = outcome.unsurvived {
      self = .falls(loss: survival.loss, needed: needed, peak: "\(sizing.peak.mid)")
      return
    }
    if !standing.asksForMore, standing != .unstated, let urgent = Self.urgent(outcome) {
      self = .act(urgent.words.what)
      return
    }
    switch standing {
    case .runsOut(let it): self = .runsOut(on: it.day, addition(it))
    case .mayRunOut(let it): self = .mayRunOut(on: it.day, addition(it))
    case .thin(let it): self = .thin(until: end, addition(it))
    case .watch(let it): self = .tight(running: it.running, until: end, day: it.day)
    case .lasts(let it): self = .lasts(running: it.running, until: end, spare: it.share.rawValue)
    case .surplus(let it): self = .tooMuch(running: it.running, needed: it.replicas, until: end)
    case .unstated:
      guard outcome.demand.forecast != nil, outcome.trace != nil else {
        self = .start(
          replicas: sizing.replicas, average: outcome.ledger["average"]?.shown, peak: "\(sizing.peak.mid)",
          headroom: Wording.percent(outcome.headroom.fraction))
        return
      }
      self = .hold(
        replicas: sizing.replicas, peak: "\(sizing.peak.mid)", until: end, event: peakEvent?.name,
        on: peakEvent?.start)
    }
  }

  /// The first thing that must be done about capacity; training, drills and load tests are told apart from it.
  private static func urgent(_ outcome: PlanOutcome) -> Finding? {
    outcome.findings.first { $0.severity == .act && $0.fact.isOfCapacity }
  }

  /// The sentence.
  /// - Parameter today: dates in its year are written without the year.
  public func sentence(today: CivilDate) -> String {
    func day(_ date: CivilDate) -> String { Wording.day(date, now: today) }
    switch self {
    case .runsOut(let date, let add):
      let purpose = add.event.map { " to hold \($0)" } ?? ""
      guard let date else {
        let by = add.by <= today ? "now" : "by \(day(add.by))"
        return
          "Today's capacity does not carry the expected peak. Add \(Wording.count(add.count, "replica")) \(by)\(purpose)."
      }
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
      let by = add.by <= today ? "now" : "by \(date.map { Wording.nearDay(add.by, beside: $0) } ?? day(add.by))"
      return
        "Capacity holds in the expected case but may run out\(date.map { " on \(day($0))" } ?? ""). Add \(Wording.count(add.count, "replica")) \(by) to be safe."
    case .lasts(let running, let end, let spare):
      return
        "Capacity suffices until \(day(end)): the \(Wording.count(running, "replica")) of today carry the expected peak with \(Wording.percent(max(0, spare))) to spare."
    case .tight(let running, let end, let date):
      return
        "Capacity suffices until \(day(end)) as the plan asks: the \(Wording.count(running, "replica")) of today carry the expected peak; a high one\(date.map { " on \(day($0))" } ?? "") would exceed them."
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
    case .falls(let loss, let needed, let peak):
      return
        "The loss of \(loss) at the peak is not survived. Hold \(Wording.count(needed, "replica")): the expected peak is \(peak)."
    case .act(let what): return what
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
