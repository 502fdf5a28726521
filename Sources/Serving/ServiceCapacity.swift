import Glibc
import Quantities
import Synchronization

/// What replicas of a service carry within an objective, and how many a demand needs: asked of the one model, computed here
/// and nowhere else. Both answers agree: n replicas carry a demand exactly where n are enough for it.
public final class ServiceCapacity: Sendable {
  public let model: any ServiceModel
  public let objective: Objective
  /// A replica is planned up to this share of what it carries within the objective.
  public let fill: Double

  /// What one replica carries within the objective, the fill not counted; zero where it never meets it.
  private let one: Double
  /// Rates that numbers of replicas carry, where they are not multiples of one.
  private let known = Mutex<[Int: Double]>([:])

  /// More than this is called without end.
  public static let most = 1_000_000_000

  /// - Parameter fill: above 0, at most 1.
  public init(_ model: any ServiceModel, meeting objective: Objective, fill: Double = 1) {
    precondition(fill > 0 && fill <= 1, "a replica is filled to a share above 0 and at most 1")
    self.model = model
    self.objective = objective
    self.fill = fill
    one = Self.highest(model, objective, 1)
  }

  /// Whether any number of replicas meets the objective for any demand.
  public var isAttainable: Bool { one > 0 || carried(by: 2) > .zero }

  /// The rate that so many replicas carry within the objective.
  public func carried(by replicas: Int) -> RequestRate {
    guard replicas > 0 else { return .zero }
    if isProportional { return .perSecond(one * fill * Double(replicas)) }
    if let rate = known.withLock({ $0[replicas] }) { return .perSecond(rate) }
    let rate = Self.highest(model, objective, replicas) * fill
    known.withLock { $0[replicas] = rate }
    return .perSecond(rate)
  }

  /// The fewest replicas that carry a rate; ``most`` where none are enough. The rounding error of one division is
  /// forgiven: 0.3 at 0.1 each is 3 replicas, not 4.
  public func replicas(for demand: RequestRate) -> Int {
    guard demand > .zero else { return 0 }
    if isProportional {
      let exact = Statistics.ceilingOfRatio(demand.perSecond, one * fill)
      return exact.isFinite && exact < Double(Self.most) ? Int(max(0, exact)) : Self.most
    }
    // No fewer than would carry it at saturation.
    let least = Statistics.ceilingOfRatio(demand.perSecond, model.capacityPerReplica.perSecond * fill)
    guard least.isFinite, least < Double(Self.most) else { return Self.most }
    let enough = demand.perSecond * (1 - 1e-12)
    func holds(_ replicas: Int) -> Bool { carried(by: replicas).perSecond >= enough }
    var low = max(0, Int(least) - 1)
    var high = max(1, Int(least))
    var stride = 1
    while !holds(high) {
      guard high < Self.most / 2, stride < Self.most / 4 else { return Self.most }
      low = high
      high += stride
      stride *= 2
    }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if holds(middle) { high = middle } else { low = middle }
    }
    return high
  }

  /// Whether n replicas carry n times what one does: they do not help each other, or nothing but capacity is asked.
  public var isProportional: Bool { model.hasIndependentReplicas || !hasBounds }

  private var hasBounds: Bool { objective.latency.contains { model.metrics.contains($0.metric) } }

  /// What asks for the replicas of a demand: capacity, or a bound.
  public func binding(of demand: RequestRate) -> ReplicaNeed.Binding {
    model.replicasNeeded(for: demand / fill, meeting: objective).binding
  }

  /// The highest rate that meets every bound, by bisection; the saturation rate where no bound is known.
  private static func highest(_ model: any ServiceModel, _ objective: Objective, _ replicas: Int) -> Double {
    let top = model.capacity(of: replicas).perSecond
    func holds(_ rate: Double) -> Bool { model.attains(objective, of: .perSecond(rate), replicas: replicas) }
    guard objective.latency.contains(where: { model.metrics.contains($0.metric) }) else { return top }
    guard holds(0) else { return 0 }
    var low = 0.0
    var high = top
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if holds(middle) { low = middle } else { high = middle }
    }
    return low
  }
}
