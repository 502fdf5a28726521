import Quantities

/// What a fleet did over a span of time: machine-hours by pool. What they cost is `Costs`' business.
public struct FleetUse: Hashable, Sendable {
  /// One pool's part.
  public struct PoolUse: Hashable, Sendable {
    /// The pool; its count is the most machines there were at a time.
    public var pool: Pool
    /// Machine-hours, whether something ran on them or not.
    public var machineHours: Double

    public init(pool: Pool, machineHours: Double) {
      self.pool = pool
      self.machineHours = machineHours
    }
  }
  public var pools: [PoolUse]
  public var span: Duration
  /// Replica-hours that found no machine within the quotas: they ran nowhere, and are in no pool.
  public var unplacedHours: Double

  public init(pools: [PoolUse] = [], span: Duration, unplacedHours: Double = 0) {
    self.pools = pools
    self.span = span
    self.unplacedHours = unplacedHours
  }

  public var machineHours: Double { pools.reduce(0) { $0 + $1.machineHours } }
  /// Machines on average over the span; 0 over no time.
  public var meanMachines: Double { span > .zero ? machineHours / span.hours : 0 }

  /// The sum of two uses of one fleet one behind the other: hours add up, the most machines are the larger.
  public static func + (a: FleetUse, b: FleetUse) -> FleetUse {
    var sum = a
    sum.span += b.span
    sum.unplacedHours += b.unplacedHours
    for use in b.pools {
      if let i = sum.pools.firstIndex(where: { $0.pool.with(count: 0) == use.pool.with(count: 0) }) {
        sum.pools[i].machineHours += use.machineHours
        sum.pools[i].pool.count = max(sum.pools[i].pool.count, use.pool.count)
      } else {
        sum.pools.append(use)
      }
    }
    return sum
  }
}

extension Fleet {
  /// The fleet as it stands, unchanged over a span of time.
  public func use(over span: Duration) -> FleetUse {
    FleetUse(
      pools: pools.map { FleetUse.PoolUse(pool: $0, machineHours: Double($0.count) * max(0, span.hours)) }, span: span)
  }

  /// The fleet that holds so many replicas for so many hours each, in any order.
  ///
  /// Complexity: a filling for each element; give every number of replicas once.
  public func use(holding counts: some Collection<(replicas: Int, hours: Double)>, over span: Duration) -> FleetUse {
    var hours = [Double](repeating: 0, count: pools.count)
    var most = [Int](repeating: 0, count: pools.count)
    var unplaced = 0.0
    for (replicas, time) in counts {
      let filling = holding(replicas)
      for (i, pool) in filling.fleet.pools.enumerated() {
        hours[i] += Double(pool.count) * time
        most[i] = max(most[i], pool.count)
      }
      unplaced += Double(filling.unplaced) * time
    }
    return FleetUse(
      pools: pools.indices.map { .init(pool: pools[$0].with(count: most[$0]), machineHours: hours[$0]) }, span: span,
      unplacedHours: unplaced)
  }

  /// The fleet that follows numbers of replicas, each held for one step.
  public func use(following replicas: [Int], step: Duration) -> FleetUse {
    var steps: [Int: Int] = [:]
    for n in replicas { steps[n, default: 0] += 1 }
    let hours = step.hours
    return use(
      holding: steps.keys.sorted().map { (replicas: $0, hours: Double(steps[$0] ?? 0) * hours) },
      over: .seconds(step.seconds * Double(replicas.count)))
  }
}
