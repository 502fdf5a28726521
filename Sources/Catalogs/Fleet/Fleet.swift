import Quantities

/// The only statement of what runs: machines in pools, in order of preference, and how replicas spread over the regions.
///
/// A fleet serves twice: as what may be had (counts of what is committed, quotas and shares of the rest), and, by
/// ``holding(_:)-(Int)``, as what stands when so many replicas run. Packing, quotas and prices are stated here and nowhere
/// else.
public struct Fleet: Hashable, Sendable {
  /// In order of preference within a region.
  public var pools: [Pool]
  /// How replicas spread over the regions, in order; empty where all pools are one region's.
  public var regions: [Region]

  /// A region's part of the replicas.
  public struct Region: Hashable, Sendable {
    public var name: String
    /// The regions' shares add up to one.
    public var share: Double
    public init(name: String, share: Double) {
      self.name = name
      self.share = share
    }
  }

  public init(pools: [Pool] = [], regions: [Region] = []) {
    self.pools = pools
    self.regions = regions
  }

  public var machineCount: Int { pools.reduce(0) { $0 + $1.count } }
  public var acceleratorCount: Int { pools.reduce(0) { $0 + $1.count * $1.machine.acceleratorCount } }
  /// Replicas that the machines hold, standbys left out.
  public var room: Int { pools.reduce(0) { $0 + ($1.lifecycle.isStandby ? 0 : $1.room) } }

  /// The packing of all pools; nil where it differs between them.
  public var replicasPerMachine: Int? {
    let packings = Set(pools.filter { !$0.lifecycle.isStandby }.map(\.replicasPerMachine))
    return packings.count <= 1 ? packings.first ?? 1 : nil
  }

  /// Whether a part may be held on spot machines.
  public var hasSpot: Bool { pools.contains { $0.lifecycle == .spot } }

  /// The part of the fleet in one region.
  public func pools(in region: String) -> Fleet { Fleet(pools: pools.filter { $0.region == region }) }

  /// The machines of each type over all regions and ways of holding, in order of preference.
  public var machinesByType: [(machine: Machine, count: Int)] {
    var order: [String] = []
    var found: [String: (machine: Machine, count: Int)] = [:]
    for pool in pools {
      if found[pool.machine.name] == nil { order.append(pool.machine.name) }
      found[pool.machine.name, default: (pool.machine, 0)].count += pool.count
    }
    return order.compactMap { found[$0] }
  }
}

// MARK: Filling

extension Fleet {
  /// A fleet that holds replicas, and those that found no place within the quotas.
  public struct Filling: Hashable, Sendable {
    public var fleet: Fleet
    /// Replicas without a place.
    public var unplaced: Int
  }

  /// The machines that stand when so many replicas run, spread over the regions by their shares
  /// (``apportioned(_:)``).
  ///
  /// In each region: what is committed is there in any case and is filled first; then the other pools in order of
  /// preference, each up to its quota, a pool with a share up to that share of the region's replicas in whole machines
  /// (rounded down); what a pool cannot take falls to the next. Standbys wait and hold none.
  public func holding(_ replicas: Int) -> Filling {
    guard !regions.isEmpty else { return filled([(nil, max(0, replicas))]) }
    return filled(Array(zip(regions.map { $0.name }, apportioned(replicas))))
  }

  /// The same where each region's replicas are known, in the order of ``regions``.
  public func holding(_ replicas: [Int]) -> Filling {
    guard !regions.isEmpty else { return filled([(nil, replicas.reduce(0, +))]) }
    return filled(Array(zip(regions.map { $0.name }, replicas)))
  }

  /// So many replicas over the regions by their shares, whole, with the sum kept: as a rate is sized region by region,
  /// each rounded up. (Adams' method of apportionment: whole numbers of the form ceil(x share) for one x, so that the
  /// sum of regions' needs is given back as those needs.)
  public func apportioned(_ replicas: Int) -> [Int] {
    guard !regions.isEmpty, replicas > 0 else { return regions.map { _ in 0 } }
    let sure = Double(max(0, replicas - regions.count))
    var parts = regions.map { Int(max(0, ($0.share * sure - 1e-9).rounded(.up))) }
    var left = replicas - parts.reduce(0, +)
    while left > 0 {
      // Who has least for its share comes next; the first of equals.
      let next = regions.indices.max { a, b in
        let (first, second) = (priority(regions[a].share, parts[a]), priority(regions[b].share, parts[b]))
        return first == second ? a > b : first < second
      }
      parts[next ?? 0] += 1
      left -= 1
    }
    return parts
  }

  private func priority(_ share: Double, _ parts: Int) -> Double {
    parts > 0 ? share / Double(parts) : share > 0 ? .infinity : 0
  }

  /// - Parameter needs: replicas by region; nil for the pools of every region together.
  private func filled(_ needs: [(region: String?, replicas: Int)]) -> Filling {
    var counts = pools.map { $0.lifecycle.isCommitted || $0.lifecycle.isStandby ? $0.count : 0 }
    var unplaced = 0
    for (region, replicas) in needs {
      var left = replicas
      let here = pools.indices.filter { region == nil || pools[$0].region == region }
      for i in here where pools[i].lifecycle.isCommitted { left -= pools[i].room }
      left = max(0, left)
      for i in here where left > 0 && !pools[i].lifecycle.isCommitted && !pools[i].lifecycle.isStandby {
        let pool = pools[i]
        var machines = (left + pool.replicasPerMachine - 1) / pool.replicasPerMachine
        if let share = pool.share {
          // A hair above a whole machine's share is that machine: 0.3 x 10 is 3.
          let most = min(Double(left), (Double(replicas) * share.rawValue + 1e-9).rounded(.down))
          machines = Int(most) / pool.replicasPerMachine
        }
        machines = min(machines, pool.quota ?? .max)
        counts[i] = machines
        left = max(0, left - machines.multipliedReportingOverflow(by: pool.replicasPerMachine).partialValue)
      }
      unplaced += left
    }
    return Filling(
      fleet: Fleet(pools: zip(pools, counts).map { $0.with(count: $1) }, regions: regions), unplaced: unplaced)
  }

  /// Of so many replicas, those that stand on spot machines.
  public func spotReplicas(of replicas: Int) -> Int {
    guard hasSpot else { return 0 }
    let room = holding(replicas).fleet.pools.reduce(0) { $1.lifecycle == .spot ? $0 + $1.room : $0 }
    return min(replicas, room)
  }
}

extension Fleet {
  /// The most machines of all pools that serve, over all regions; nil where some pool has no bound.
  public var quota: Int? {
    var sum = 0
    for pool in pools where !pool.lifecycle.isStandby {
      guard let quota = pool.lifecycle.isCommitted ? pool.count : pool.quota else {
        // A pool with a share is filled only beside another, whose bound counts.
        if pool.share != nil { continue }
        return nil
      }
      sum += quota
    }
    return sum
  }
}
