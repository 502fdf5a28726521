extension PlacementClash {
  /// Why nothing can hold, or nothing where something can.
  ///
  /// Capacity only ever helps, so every state is looked at with the most that each region may hold. Of the sets that are
  /// too large the smallest is named: origins are left out while the rest is still too much.
  static func found(
    _ problem: RegionProblem, states: [RegionState], shares: FixedShares? = nil
  ) -> [PlacementClash] {
    let lost = unreachable(problem, states[0])
    guard lost.isEmpty else { return lost }
    let most = problem.regions.indices.map { largest(problem, $0) }
    if let shares { return shares.clash(most) }
    var cutter = CapacityCuts(problem, states: states)
    var best: (size: Int, clash: PlacementClash)?
    for s in states.indices {
      for hour in 0..<problem.steps {
        guard var cut = cutter.violated(by: most, state: s, hour: hour) else { continue }
        for origin in cut.origins where cut.origins.count > 1 {
          let smaller = cutter.cut(of: cut.origins.filter { $0 != origin }, state: s, hour: hour)
          if smaller.rate > sum(most, smaller.regions) + CapacityCuts.tolerance(smaller.rate) { cut = smaller }
        }
        let size = cut.origins.count + cut.regions.count + (states[s].loss == nil ? 0 : 1)
        guard best.map({ size < $0.size }) ?? true else { continue }
        best = (
          size,
          .capacity(
            origins: cut.origins, regions: cut.regions.members, loss: states[s].loss, hour: hour, needed: cut.rate,
            available: sum(most, cut.regions))
        )
      }
    }
    return best.map { [$0.clash] } ?? []
  }

  private static func sum(_ capacity: [Double], _ regions: RegionSet) -> Double {
    regions.members.reduce(0) { $0 + capacity[$1] }
  }

  /// The most that a region can serve: its fastest machines first, up to its maximum. Nothing where its quotas do not
  /// reach its minimum.
  static func largest(_ problem: RegionProblem, _ r: Int) -> Double {
    let region = problem.regions[r]
    let here = problem.offers.filter { $0.region == r }
    let machines = here.reduce(0) { $0.addingReportingOverflow($1.quota).partialValue }
    guard machines >= region.minimum, region.maximum.map({ $0 >= region.minimum }) ?? true else { return 0 }
    var left = region.maximum ?? .max
    var rate = 0.0
    for offer in here.sorted(by: { $0.rate > $1.rate }) where left > 0 {
      let n = min(left, offer.quota)
      rate += Double(n) * offer.rate.rawValue
      left -= n
    }
    return rate
  }

  private static func unreachable(_ problem: RegionProblem, _ normal: RegionState) -> [PlacementClash] {
    problem.origins.indices.compactMap { o in
      let origin = problem.origins[o]
      guard normal.admitted[o].isEmpty, origin.demand.contains(where: { $0 > 0 }) else { return nil }
      let reachable = problem.regions.indices.filter {
        origin.allowed?.contains($0) ?? true && origin.latency[$0] != nil
      }
      let nearest = reachable.min { (origin.latency[$0] ?? .infinity) < (origin.latency[$1] ?? .infinity) }
      return .unreachable(
        origin: o, nearest: nearest, latency: nearest.flatMap { origin.latency[$0] },
        limit: problem.normal.latencyLimit, isResidency: origin.allowed != nil)
    }
  }
}
