import Quantities

/// The nodes that replicas run on, with an autoscaler of their own.
///
/// Defaults are those of the Kubernetes Cluster Autoscaler (its FAQ: scan 10 s, unneeded 10 minutes, delay after an
/// addition 10 minutes). Replicas that find no room wait; at each scan nodes are ordered for those that wait, within
/// the quota; nodes that were not needed for the unneeded time are removed. Replicas are packed tightly: the
/// autoscaler moves them together before it removes a node.
public struct NodePoolSpec: Sendable, Hashable {
  public var replicasPerNode: Int
  /// Nodes at the start; nil for as many as the first replicas need.
  public var initial: Int?
  public var minimum: Int
  /// The quota: never more nodes.
  public var maximum: Int
  public var scanInterval: Duration
  /// From the order until a replica can be placed: about 90 s for a CPU node, 4 minutes and more for a GPU node
  /// with its drivers.
  public var provisioning: StartupTime
  public var unneededTime: Duration
  public var delayAfterAdd: Duration

  /// - Precondition: at least one replica a node, 0 <= minimum <= maximum <= 10^9.
  public init(
    replicasPerNode: Int = 1, initial: Int? = nil, minimum: Int = 0, maximum: Int = 1000,
    scanInterval: Duration = .seconds(10), provisioning: StartupTime = .fixed(.seconds(90)),
    unneededTime: Duration = .seconds(600), delayAfterAdd: Duration = .seconds(600)
  ) {
    precondition(1...1_000_000 ~= replicasPerNode, "a node holds 1 to 10^6 replicas")
    precondition(0 <= minimum && minimum <= maximum && maximum <= 1_000_000_000, "a pool needs 0 <= min <= max")
    self.replicasPerNode = replicasPerNode
    self.initial = initial.map { max(0, $0) }
    self.minimum = minimum
    self.maximum = maximum
    self.scanInterval = max(scanInterval, .seconds(1))
    self.provisioning = provisioning
    self.unneededTime = max(unneededTime, .zero)
    self.delayAfterAdd = max(delayAfterAdd, .zero)
  }

  /// Nodes with accelerators: slower to come, and not given away as soon.
  public static func accelerated(replicasPerNode: Int = 1, maximum: Int = 1000) -> NodePoolSpec {
    NodePoolSpec(
      replicasPerNode: replicasPerNode, maximum: maximum,
      provisioning: .lognormal(median: .seconds(270), shape: 0.3), unneededTime: .seconds(1200))
  }
}

/// The nodes of a run. Times are seconds since its start.
struct NodePool {
  let perNode: Int
  private let minimum: Int
  let maximum: Int
  private let scanInterval: Double
  private let provisioning: StartupDraw
  private let unneededTime: Double
  private let delayAfterAdd: Double

  private(set) var nodes: Int
  private var orders: [(count: Int, end: Double)] = []
  private var ordered = 0
  /// Replicas that have a place, and those that wait for one.
  private(set) var placed: Int
  private(set) var pending = 0
  /// Whether the last scan wanted more nodes than the quota allows.
  private(set) var isAtQuota = false
  private var unneededSince = Double.infinity
  private var unneeded = 0
  private var lastAdd = -Double.infinity
  private var nextScan = 0.0
  private(set) var nextEvent = Double.infinity

  init(_ spec: NodePoolSpec, replicas: Int) {
    perNode = spec.replicasPerNode
    minimum = spec.minimum
    maximum = spec.maximum
    scanInterval = spec.scanInterval.seconds
    provisioning = StartupDraw(spec.provisioning)
    unneededTime = spec.unneededTime.seconds
    delayAfterAdd = spec.delayAfterAdd.seconds
    placed = replicas
    // The first replicas are there: whatever the quota says, they have nodes.
    let needed = (replicas + perNode - 1) / perNode
    nodes = max(needed, min(max(spec.initial ?? needed, spec.minimum), spec.maximum))
    plan(after: 0)
  }

  private var room: Int { nodes * perNode - placed }

  /// Replicas ask for a place; gives those that find one.
  mutating func place(_ count: Int, at time: Double) -> Int {
    let found = min(count, max(0, room))
    placed += found
    pending += count - found
    plan(after: time)
    return found
  }

  /// Replicas that wait give up; says how many there were.
  mutating func forget(_ count: Int, at time: Double) -> Int {
    let gone = min(count, pending)
    pending -= gone
    plan(after: time)
    return gone
  }

  /// Replicas leave their places, and some nodes go with them.
  mutating func release(_ count: Int, losing lost: Int, at time: Double) {
    placed -= count
    nodes = max(nodes - lost, (placed + perNode - 1) / perNode)
    plan(after: time)
  }

  /// Lets orders arrive and the autoscaler scan; gives the replicas that find a place now.
  mutating func advance(to time: Double, _ random: inout RandomStream) -> Int {
    var arrived = 0
    orders.removeAll {
      guard $0.end <= time else { return false }
      arrived += $0.count
      return true
    }
    nodes += arrived
    ordered -= arrived
    let found = takePending()
    if nextScan <= time {
      scan(at: time, &random)
      nextScan = ((time / scanInterval).rounded(.down) + 1) * scanInterval
    }
    plan(after: time)
    return found
  }

  /// Those that wait take the room there is.
  mutating func takePending() -> Int {
    let found = min(pending, max(0, room))
    pending -= found
    placed += found
    return found
  }

  private mutating func scan(at time: Double, _ random: inout RandomStream) {
    let wanted = (pending + perNode - 1) / perNode - ordered
    let allowed = max(0, min(wanted, maximum - nodes - ordered))
    isAtQuota = wanted > allowed
    if allowed > 0 {
      // Drawn times differ by node; from 64 nodes on, groups of them share a draw.
      let groups = min(64, allowed)
      for group in 0..<groups {
        let size = allowed / groups + (group < allowed % groups ? 1 : 0)
        orders.append((size, time + provisioning.sample(&random)))
      }
      ordered += allowed
      lastAdd = time
    }
    let spare = nodes - max(minimum, (placed + perNode - 1) / perNode)
    guard spare > 0, pending == 0 else {
      unneededSince = .infinity
      return
    }
    if unneededSince == .infinity {
      unneededSince = time
      unneeded = spare
    }
    unneeded = min(unneeded, spare)
    if time - unneededSince >= unneededTime, time - lastAdd >= delayAfterAdd {
      nodes -= unneeded
      unneededSince = .infinity
    }
  }

  /// A scan matters only where something waits or something is too much.
  private mutating func plan(after time: Double) {
    let arrival = orders.reduce(.infinity) { min($0, $1.end) }
    let matters = pending > 0 || nodes > minimum && nodes * perNode - placed >= perNode || unneededSince < .infinity
    if matters, nextScan <= time { nextScan = ((time / scanInterval).rounded(.down) + 1) * scanInterval }
    nextEvent = min(arrival, matters ? nextScan : .infinity)
  }
}
