import Catalogs
import Quantities
import Traffic

/// When the replicas of today no longer suffice, how sure that is, how much more they would take, and what to order.
///
/// The day is the plan's own (``Runway``); its interval and probability are counted on the sampled futures of the same
/// forecast.
public struct Exhaustion: Sendable {
  /// Replicas that run today, and what they carry.
  public var running: Int
  public var capacity: RequestRate
  /// The first day on which the expected peak exceeds the capacity; nil within the horizon.
  public var expected: CivilDate?
  /// Between these demand first exceeds the capacity in 80 % of the futures; nil where later than ``until``.
  public var earliest: CivilDate?
  public var latest: CivilDate?
  /// The share of futures in which that happens by ``until``.
  public var probability: Double
  /// The end of what is looked at.
  public var until: CivilDate
  /// What the capacity leaves over the expected peak; negative where it falls short. As a share of the peak it is how many
  /// more users fit at today's use by each, and the headroom as it stands.
  public var room: RequestRate
  public var share: Fraction
  /// The headroom that the plan asks for.
  public var planned: Fraction
  /// What is to be added by when, where something is.
  public var shortfall: SizingFinding.Shortfall?
  /// The machines that the missing replicas take beyond those of today, by type.
  public var order: [MachineOrder]

  /// Machines of a type to have more.
  public struct MachineOrder: Hashable, Sendable {
    /// Empty where the plan names none.
    public var machine: String
    public var count: Int
  }

  /// Whether one runs out sooner than another: by the expected day, then by the first possible one, then by the room left.
  public static func isSooner(_ a: Exhaustion, _ b: Exhaustion) -> Bool {
    func day(_ date: CivilDate?) -> Int { date?.daysSinceEpoch ?? .max }
    let (first, second) = ([day(a.expected), day(a.earliest)], [day(b.expected), day(b.earliest)])
    if first != second { return first.lexicographicallyPrecedes(second) }
    return a.share < b.share
  }
}

extension PlanOutcome {
  /// Nil where the plan does not say what runs.
  ///
  /// Complexity: looks at the peak of every day of every future, a millisecond or two.
  public var exhaustion: Exhaustion? {
    guard let running = sizing.running else { return nil }
    let capacity = plan.carried(by: running).mid
    let outlook = demand.forecast.flatMap { RunwayOutlook($0, capacity: capacity, findsMovers: false) }
    let end = plan.zone.local(now + plan.horizon).date
    let peak = sizing.peak.mid
    let shortfall = standing.shortfall.flatMap { $0.missing > 0 ? $0 : nil }
    return Exhaustion(
      running: running, capacity: capacity, expected: runway?.expected, earliest: outlook?.earliest,
      latest: outlook?.latest,
      probability: outlook?.probability ?? sizing.peak.probability(above: capacity), until: outlook?.until ?? end,
      room: .perSecond(capacity.perSecond - peak.perSecond),
      share: Fraction(rawValue: peak > .zero ? capacity / peak - 1 : 0),
      planned: Fraction(rawValue: headroom.fraction), shortfall: shortfall,
      order: shortfall == nil ? [] : order(beyond: running))
  }

  private func order(beyond running: Int) -> [Exhaustion.MachineOrder] {
    let today = Dictionary(
      plan.fleet.supply.holding(running).fleet.machinesByType.map { ($0.machine.name, $0.count) },
      uniquingKeysWith: { $0 + $1 })
    return sizing.fleet.machinesByType.compactMap { type in
      let more = type.count - (today[type.machine.name] ?? 0)
      return more > 0 ? Exhaustion.MachineOrder(machine: type.machine.name, count: more) : nil
    }
  }

  /// The objective that is nearest to being missed, or missed by most.
  public var tightest: Verdict? { verdicts.filter { $0.margin.isFinite }.min { $0.margin < $1.margin } }
}
