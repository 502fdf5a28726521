import Quantities

/// Machines of one type, held one way, in one region.
public struct Pool: Hashable, Sendable {
  public var region: String
  public var machine: Machine
  public var lifecycle: Lifecycle
  /// How many machines. Not negative.
  public var count: Int

  /// - Precondition: `count` is not negative.
  public init(region: String, machine: Machine, lifecycle: Lifecycle = .onDemand, count: Int) {
    precondition(count >= 0, "a pool cannot hold fewer than no machines")
    self.region = region
    self.machine = machine
    self.lifecycle = lifecycle
    self.count = count
  }

  /// The price of one machine of this pool; nil where the catalog knows none.
  public var price: Price? { machine.price(lifecycle, in: region) }
}

/// All the machines of a service: what stands where, held how.
public struct Fleet: Hashable, Sendable {
  public var pools: [Pool]
  public init(pools: [Pool] = []) { self.pools = pools }

  public var machineCount: Int { pools.reduce(0) { $0 + $1.count } }
  public var acceleratorCount: Int { pools.reduce(0) { $0 + $1.count * $1.machine.acceleratorCount } }
  /// The regions in the order in which they first appear.
  public var regions: [String] {
    var seen: Set<String> = []
    return pools.map(\.region).filter { seen.insert($0).inserted }
  }
  /// The part of the fleet in one region.
  public func pools(in region: String) -> Fleet { Fleet(pools: pools.filter { $0.region == region }) }
}
