import Quantities

/// How the replicas that run today stand against the demand that comes and against the plan: the one verdict that headline,
/// list, finding and gate are told from.
public enum CapacityStanding: Hashable, Sendable {
  /// The plan does not say what runs.
  case unstated
  /// The expected peak exceeds what today's replicas carry.
  case runsOut(SizingFinding.Shortfall)
  /// They carry the expected peak, but not the high end of it; and fewer run than the plan asks for.
  case mayRunOut(SizingFinding.Shortfall)
  /// They carry even the high end, but without the headroom that the plan asks for.
  case thin(SizingFinding.Shortfall)
  /// As many run as the plan asks for, or more, and a future may still exceed them: what the headroom leaves open.
  case watch(SizingFinding.Shortfall)
  /// They carry the high end of the peak, and as many run as the plan asks for.
  case lasts(SizingFinding.Spare)
  /// The same with many more than the plan asks for.
  case surplus(SizingFinding.Spare)

  /// Running more than this over the need is called too much: less is within the error of a forecast.
  static let surplusFrom = 1.5

  /// - Parameters:
  ///   - today: the users' own day; no day to act lies before it.
  init(_ plan: Plan, demand: DemandOutlook, sizing: Sizing, today: CivilDate) {
    guard let running = sizing.running else {
      self = .unstated
      return
    }
    let capacity = plan.carried(by: running)
    let peak = demand.peak
    let missing = sizing.replicas - running
    let isExpected = peak.mid > capacity.mid
    // A replica may carry less, and demand be higher, than is expected.
    let isPossible = isExpected || peak.high > capacity.mid || peak.mid > capacity.low
    guard isPossible || missing > 0 else {
      let spare = SizingFinding.Spare(
        running: running, replicas: sizing.replicas, capacity: capacity.mid, highPeak: peak.high,
        share: Fraction(rawValue: peak.mid > .zero ? capacity.mid / peak.mid - 1 : 0))
      let isSurplus =
        Double(running) >= Double(sizing.replicas) * Self.surplusFrom && running - sizing.replicas >= 2
      self = isSurplus ? .surplus(spare) : .lasts(spare)
      return
    }
    let shortfall = SizingFinding.Shortfall(
      plan, demand, sizing, running: running, capacity: capacity.mid, isExpected: isExpected, isPossible: isPossible,
      today: today)
    self =
      missing <= 0
      ? .watch(shortfall) : isExpected ? .runsOut(shortfall) : isPossible ? .mayRunOut(shortfall) : .thin(shortfall)
  }

  /// Whether it asks for more than what runs today.
  public var asksForMore: Bool {
    switch self {
    case .runsOut, .mayRunOut, .thin: true
    case .unstated, .watch, .lasts, .surplus: false
    }
  }

  /// What is missing, where something is or may be.
  public var shortfall: SizingFinding.Shortfall? {
    switch self {
    case .runsOut(let it), .mayRunOut(let it), .thin(let it), .watch(let it): it
    case .unstated, .lasts, .surplus: nil
    }
  }

  /// What the list says of it; nil where the plan does not say what runs.
  var finding: SizingFinding? {
    switch self {
    case .unstated: nil
    case .runsOut(let it), .mayRunOut(let it): .capacityRunsOut(it)
    case .thin(let it): .headroomMissing(it)
    case .watch(let it): .capacityTight(it)
    case .lasts(let it): .capacityLasts(it)
    case .surplus(let it): .capacitySurplus(it)
    }
  }
}

extension SizingFinding.Shortfall {
  /// The day and the dates by which to act: those of the event where one is the cause, else the day before.
  fileprivate init(
    _ plan: Plan, _ demand: DemandOutlook, _ sizing: Sizing, running: Int, capacity: RequestRate, isExpected: Bool,
    isPossible: Bool, today: CivilDate
  ) {
    // The median of the highest step may exceed what no single day's median does: then the peak's own day is meant.
    let highest = demand.peakTime.map { max(today, plan.zone.local($0).date) }
    let day: CivilDate? =
      isExpected
      ? sizing.runway?.expected ?? highest : isPossible ? sizing.runway?.early ?? highest : nil
    let cause = demand.events.first { event in
      guard let day else { return event.name == demand.peakEvent?.name }
      return event.start <= day && day <= event.start + max(0, Int(event.days.rounded(.up)) - 1)
    }
    let by = cause?.dates.inPlaceBy ?? day.map { $0 - 1 } ?? today
    let quotaLead = plan.fleet.quotaLead
    let quota = cause?.dates.askForQuotaBy ?? by - max(1, Int(quotaLead.days.rounded(.up)))
    self.init(
      running: running, capacity: capacity, replicas: sizing.replicas, day: day, isExpected: isExpected,
      cause: cause?.name, addBy: max(by, today), requestQuotaBy: max(quota, today),
      loadTestBy: max(cause?.dates.loadTestBy ?? by - 7, today), quotaLead: quotaLead, isQuotaLate: quota < today,
      today: today)
  }
}

extension PlanOutcome {
  /// How the replicas of today stand: computed here for every reader.
  public var standing: CapacityStanding {
    CapacityStanding(plan, demand: demand, sizing: sizing, today: plan.zone.local(now).date)
  }
}
