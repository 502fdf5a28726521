import Quantities

/// Request and target together, from recorded use.
///
/// An autoscaler that holds a share of the request holds, in truth, a use: request x target. A recommender that lowers
/// the request to what pods use lowers that use with it; the autoscaler adds pods, each uses less, and the request is
/// lowered again. One that raises the target alone holds the right use with the wrong request, which is paid for. So the
/// use at which a pod is held is chosen first, by the least cores requested that keep pods below their ceiling while new
/// ones start; the request follows from what pods use there; and the target is what makes their product that use.
public struct RightSizing: Sendable {
  /// What would have been with the settings of today.
  public var today: PodOutcome
  /// With both set together.
  public var together: PodOutcome
  /// With the request alone set to what pods use, again and again, as a recommender does: the spiral.
  public var requestAlone: [PodOutcome]
  /// With the target alone set so that pods are held at the right use.
  public var targetAlone: PodOutcome
  /// The overload that was allowed.
  public var allowed: Double
  /// Whether any setting keeps it.
  public var isMet: Bool

  /// Shares of the ceiling at which a pod may be held, for the search. A step finer changes the cores by less than the
  /// rounding of the target to whole percents.
  static let shares: [Double] = (5...38).map { Double($0) * 0.025 }
  /// The use below which a pod stays 95 % of the time is what it must be sure of; bursts beyond it share the node.
  static let requestQuantile = 0.95
  /// The percent of the request that a target may be: above 95 the controller's tolerance of a tenth would let pods use
  /// more than they asked for, below 30 the request is mostly air.
  static let targets = 30...95
  /// Rounds of a recommender that are shown.
  static let rounds = 6
  /// The least request: what the scheduler counts in.
  static let leastMilli: Int64 = 10

  /// - Parameters:
  ///   - simulation: the recorded use and what a pod can do.
  ///   - allowed: the share of time in which pods may need more than their ceiling; nil allows as much as today's settings.
  public init(_ simulation: PodSimulation, today: PodSettings, allowed: Double? = nil) {
    let current = simulation.outcome(of: today)
    let limit = allowed ?? max(current.overloaded, 0.001)
    self.today = current
    self.allowed = limit
    var best: PodOutcome?
    var calmest: PodOutcome?
    for share in Self.shares {
      guard let found = Self.settled(simulation, held: simulation.ceilingMilli * share, today) else { continue }
      if calmest.map({ found.overloaded < $0.overloaded }) ?? true { calmest = found }
      guard found.overloaded <= limit else { continue }
      if best.map({ found.requestedCores < $0.requestedCores * 0.999 }) ?? true { best = found }
    }
    together = best ?? calmest ?? current
    isMet = best != nil
    // The target that holds the same use on today's request; beyond a hundred percent the request says less than is used.
    var alone = today
    alone.target = max(1, Int((together.settings.held / Double(today.requestMilli) * 100).rounded()))
    alone.maximum = max(today.maximum, together.settings.maximum)
    targetAlone = simulation.outcome(of: alone)
    requestAlone = Self.spiral(simulation, today, current)
  }

  /// The settings that hold a pod at a use, with the request that its use there asks for; nil where they would not be
  /// whole.
  private static func settled(_ simulation: PodSimulation, held: Double, _ today: PodSettings) -> PodOutcome? {
    guard held >= 1 else { return nil }
    // A first look with any request: only the product moves the autoscaler.
    let peak = simulation.use.cores.filter(\.isFinite).max() ?? 0
    let most = max(today.maximum, Int(min(100_000, (peak * 1000 / max(1, held) * 1.25).rounded(.up))))
    let look = simulation.outcome(
      of: PodSettings(
        requestMilli: max(leastMilli, Int64((held / 0.8).rounded())), target: 80, minimum: today.minimum, maximum: most)
    )
    let wanted = min(simulation.ceilingMilli, max(look.p95, held / (Double(targets.upperBound) / 100)))
    let request = max(leastMilli, rounded(wanted))
    let target = Int((held / Double(request) * 100).rounded())
    guard targets.contains(target) else { return nil }
    var settings = PodSettings(requestMilli: request, target: target, minimum: today.minimum, maximum: most)
    // Room above what was ever asked for: recorded use is not the highest that may come.
    let outcome = simulation.outcome(of: settings)
    settings.maximum = max(today.minimum, Int((Double(outcome.mostPods) * 1.25).rounded(.up)))
    var kept = outcome
    kept.settings = settings
    return kept
  }

  /// To numbers that people write: five thousandths below a tenth of a core, then fiftieths of a core.
  private static func rounded(_ milli: Double) -> Int64 {
    let unit: Double = milli < 100 ? 5 : milli < 1000 ? 10 : 50
    return Int64((milli / unit).rounded(.up) * unit)
  }

  /// The request set to the 95th percentile of a pod's use, round after round, the target kept.
  private static func spiral(_ simulation: PodSimulation, _ today: PodSettings, _ current: PodOutcome) -> [PodOutcome] {
    var outcomes = [current]
    var settings = today
    for _ in 0..<rounds {
      let request = max(leastMilli, rounded(outcomes[outcomes.count - 1].p95))
      if request == settings.requestMilli { break }
      settings.requestMilli = request
      outcomes.append(simulation.outcome(of: settings))
    }
    return Array(outcomes.dropFirst())
  }
}
