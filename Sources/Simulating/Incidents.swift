import Quantities

/// What happens to a fleet during a run beside its demand: replicas that crash, spot machines that are taken back, meters
/// that fall silent, new versions that roll out.
public struct Incidents: Sendable, Hashable {
  /// Crashes of a replica in an hour of its life; it starts again on the same node, its image already there.
  public var crashesPerHour: Double
  /// How often an hour a replica's spot machine is taken back. Its replica stops serving at the notice and another
  /// one starts at once, on a new node. Where the fleet says which part stands on spot machines, only that part is hit;
  /// where it says nothing of spot, all of it.
  public var preemptionsPerHour: Double
  /// From the notice until a spot machine is gone; it is paid for until then. AWS gives 120 s, others 30 s.
  public var notice: Duration
  public var planned: [Incident]

  public init(
    crashesPerHour: Double = 0, preemptionsPerHour: Double = 0, notice: Duration = .seconds(120),
    planned: [Incident] = []
  ) {
    self.crashesPerHour = crashesPerHour.isFinite ? max(0, crashesPerHour) : 0
    self.preemptionsPerHour = preemptionsPerHour.isFinite ? max(0, preemptionsPerHour) : 0
    self.notice = max(notice, .zero)
    self.planned = planned
  }

  public static let none = Incidents()
}

/// One thing that happens at a known time.
public struct Incident: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// A share of the ready replicas, rounded up, crashes.
    case crash(Fraction)
    /// The spot machines of a share of the ready replicas that stand on some, rounded up, are taken back.
    case preemption(Fraction)
    /// No measurements are taken for this long.
    case metricsMissing(Duration)
    /// A new version takes the place of the one that runs.
    case rollout(Rollout)
  }
  /// Since the start of the run.
  public var at: Duration
  public var kind: Kind

  public init(at: Duration, _ kind: Kind) {
    self.at = at
    self.kind = kind
  }
}

/// The incidents of a run on their way. Times are seconds since its start.
struct IncidentClock {
  private let crashRate: Double
  private let preemptionRate: Double
  private let notice: Double
  private var planned: [(time: Double, kind: Incident.Kind)]
  private var next = 0
  /// Expected incidents of each kind that are still to pass before the next one: times between incidents are
  /// exponential, whatever the number of replicas does meanwhile.
  private var untilCrash = Double.infinity
  private var untilPreemption = Double.infinity
  private var random: RandomStream
  private(set) var crashes = 0
  private(set) var preemptions = 0

  init(_ incidents: Incidents, seed: UInt64) {
    crashRate = incidents.crashesPerHour / 3600
    preemptionRate = incidents.preemptionsPerHour / 3600
    notice = incidents.notice.seconds
    planned = incidents.planned.compactMap {
      if case .metricsMissing = $0.kind { return nil }
      return ($0.at.seconds, $0.kind)
    }
    planned.sort { $0.time < $1.time }
    random = RandomStream(seed: seed, item: 0x1C1D)
    if crashRate > 0 { untilCrash = random.exponential(mean: 1) }
    if preemptionRate > 0 { untilPreemption = random.exponential(mean: 1) }
  }

  /// Whether there is anything to wait for.
  var isIdle: Bool { crashRate == 0 && preemptionRate == 0 && next >= planned.count }

  /// Lets happen what happens at the start of a tick; says whether anything did.
  ///
  /// - Parameter onSpot: of so many ready replicas, those that stand on spot machines.
  mutating func strike(
    _ fleet: inout ReplicaFleet, at time: Double, tick: Double, onSpot: (Int) -> Int
  ) -> Bool {
    var struck = false
    while next < planned.count, planned[next].time <= time {
      let ready = Double(fleet.ready)
      switch planned[next].kind {
      case .crash(let share): crash(Int((ready * min(1, max(0, share.rawValue))).rounded(.up)), &fleet, time)
      case .preemption(let share):
        let spot = Double(onSpot(fleet.ready))
        preempt(Int((spot * min(1, max(0, share.rawValue))).rounded(.up)), &fleet, time)
      case .rollout(let spec): fleet.roll(spec, at: time)
      case .metricsMissing: break
      }
      next += 1
      struck = true
    }
    let lived = Double(fleet.ready) * tick
    if crashRate > 0 {
      untilCrash -= lived * crashRate
      while untilCrash <= 0 {
        crash(1, &fleet, time)
        untilCrash += random.exponential(mean: 1)
        struck = true
      }
    }
    if preemptionRate > 0 {
      untilPreemption -= Double(onSpot(fleet.ready)) * tick * preemptionRate
      while untilPreemption <= 0 {
        preempt(1, &fleet, time)
        untilPreemption += random.exponential(mean: 1)
        struck = true
      }
    }
    return struck
  }

  private mutating func crash(_ count: Int, _ fleet: inout ReplicaFleet, _ time: Double) {
    crashes += fleet.crash(count, at: time)
  }
  private mutating func preempt(_ count: Int, _ fleet: inout ReplicaFleet, _ time: Double) {
    preemptions += fleet.preempt(count, at: time, notice: notice)
  }
}
