import Quantities

/// Machines of one type, held one way, in one region.
public struct Pool: Hashable, Sendable {
  /// The region's name as its cloud writes it; empty where nobody named one.
  public var region: String
  public var machine: Machine
  public var lifecycle: Lifecycle
  /// How many machines. Not negative.
  public var count: Int
  /// How many replicas of the service one machine holds.
  public var replicasPerMachine: Int
  /// The most machines that may be had this way; nil where no bound is known.
  public var quota: Int?
  /// The largest share of the replicas that a fleet may put here (spot beside machines that stay); nil for all of them.
  public var share: Fraction?

  /// - Precondition: no negative counts, at least one replica a machine, a share from 0 to 1.
  public init(
    region: String, machine: Machine, lifecycle: Lifecycle = .onDemand, count: Int = 0, replicasPerMachine: Int = 1,
    quota: Int? = nil, share: Fraction? = nil
  ) {
    precondition(count >= 0, "a pool cannot hold fewer than no machines")
    precondition(replicasPerMachine >= 1, "a machine holds at least one replica")
    precondition((quota ?? 0) >= 0, "a quota is not negative")
    precondition(share.map { (0...1).contains($0.rawValue) } ?? true, "a pool's share lies between 0 and 1")
    self.region = region
    self.machine = machine
    self.lifecycle = lifecycle
    self.count = count
    self.replicasPerMachine = replicasPerMachine
    self.quota = quota
    self.share = share
  }

  /// The price of one machine of this pool; nil where the catalog knows none.
  public var price: Price? { machine.price(lifecycle, in: region.isEmpty ? nil : region) }

  /// Replicas that its machines hold.
  public var room: Int { count.multipliedReportingOverflow(by: replicasPerMachine).partialValue }

  /// The same pool with another number of machines.
  public func with(count: Int) -> Pool {
    var copy = self
    copy.count = count
    return copy
  }
}
