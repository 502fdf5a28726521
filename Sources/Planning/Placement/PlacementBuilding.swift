import Catalogs
import Costs
import Placing
import Quantities
import Serving

/// A plan's regions as a placement problem, and the fleet that comes of its answer.
struct PlacementBuilding {
  let problem: RegionProblem
  let procurement: Procurement
  private let supply: Fleet
  /// For each offer the pool that it stands for.
  private let pools: [Int]
  private let capacity: ServiceCapacity

  /// What one replica carries where about so many stand together, region by region: lines that are shared help each other.
  static func each(_ draft: PlanDraft) -> [Double] {
    let plan = draft.plan
    let count = plan.fleet.origins.count
    let peak = draft[DemandSlice.self].peak.mid * ((1 + draft[HeadroomSlice.self].fraction) / Double(max(1, count)))
    let together = max(1, plan.service.capacity.mid.replicas(for: peak))
    let each = plan.service.capacity.mid.carried(by: together).rawValue / Double(together)
    return Array(repeating: each, count: count)
  }

  /// - Parameter each: what a replica is counted with, by region, in requests a second.
  init(_ draft: PlanDraft, each: [Double]) {
    let plan = draft.plan
    let spec = plan[PlacementSlice.self]
    let regions = plan.fleet.origins
    supply = plan.fleet.asked ?? plan.fleet.supply
    let peak = draft[DemandSlice.self].peak.mid
    let headroom = draft[HeadroomSlice.self].fraction
    let names = regions.map(\.name)
    var offers: [RegionProblem.Offer] = []
    var pools: [Int] = []
    capacity = plan.service.capacity.mid
    for (i, pool) in supply.pools.enumerated() where !pool.lifecycle.isStandby && pool.lifecycle != .spot {
      guard let r = names.firstIndex(of: pool.region) else { continue }
      let rate = each[r] * Double(pool.replicasPerMachine)
      // Where no quota is known, what would carry everything bounds it.
      let most =
        rate > 0 ? min(1e6, (peak.rawValue * (1 + headroom + spec.failureHeadroom) / rate).rounded(.up) + 1) : 0
      let committed = pool.lifecycle.isCommitted ? pool.count : nil
      offers.append(
        RegionProblem.Offer(
          region: r, machine: pool.machine.name, rate: RequestRate(rawValue: rate),
          price: pool.price?.hourly ?? .zero, quota: committed ?? pool.quota ?? Int(most), held: committed ?? 0,
          obtainable: committed == nil ? regions[r].obtainable[pool.machine.name] : nil,
          block: regions[r].blocks[pool.machine.name]))
      pools.append(i)
    }
    self.pools = pools
    let demand = Self.demand(regions, peak: peak, profile: Self.profile(draft))
    let isMeasured = regions.contains { !$0.latency.isEmpty }
    let origins = regions.enumerated().filter { $0.element.share > 0 }.map { o, region in
      RegionProblem.Origin(
        id: region.name, home: o, demand: demand[o],
        allowed: region.residency.map { Set($0.compactMap { names.firstIndex(of: $0) }) },
        latency: regions.map { isMeasured ? PlacementSlice.latency(region, $0) : 0 })
    }
    var losses: [[Int]] = []
    if let survive = plan.fleet.survive, survive.what == "region" {
      losses = RegionProblem.losses(ofAny: survive.lost, of: regions.count)
    }
    for set in spec.lostTogether {
      let indices = set.compactMap { names.firstIndex(of: $0) }.sorted()
      if !indices.isEmpty, !losses.contains(indices) { losses.append(indices) }
    }
    func milliseconds(_ span: Duration?) -> Double { span.map { $0.seconds * 1000 } ?? .infinity }
    problem = RegionProblem(
      regions: regions.map {
        .init(id: $0.name, fixedCost: $0.fixedCost, minimum: $0.minimum, maximum: $0.maximum)
      }, offers: offers, origins: origins,
      normal: .init(latencyLimit: milliseconds(spec.latency), headroom: max(0, headroom)),
      failure: .init(
        latencyLimit: milliseconds(spec.failureLatency ?? spec.latency), headroom: spec.failureHeadroom,
        served: spec.served),
      losses: losses, egress: spec.egress)
    procurement = Procurement(
      neededInDays: spec.neededBy.map { Double(max(0, $0 - draft.today)) } ?? 0,
      forDays: spec.forSpan?.days, assurance: spec.assurance)
  }

  /// Each region's demand by hour of the day, UTC: its share of the day's requests, by its own hours or the traffic's, scaled
  /// so that the busiest hour of all together is the plan's peak.
  private static func demand(_ regions: [RegionSpec], peak: RequestRate, profile: [Double]) -> [[Double]] {
    let shapes = regions.map { region -> [Double] in
      let shape = region.hours.isEmpty ? profile : region.hours
      let mean = shape.reduce(0, +) / Double(max(1, shape.count))
      return shape.map { mean > 0 ? $0 / mean * region.share : region.share }
    }
    let busiest = profile.indices.map { t in shapes.reduce(0) { $0 + $1[t] } }.max() ?? 1
    return shapes.map { $0.map { busiest > 0 ? $0 / busiest * peak.rawValue : 0 } }
  }

  /// The hours of the forecast's busiest day, UTC; flat where the plan states its traffic.
  private static func profile(_ draft: PlanDraft) -> [Double] {
    let flat = [Double](repeating: 1, count: 24)
    let demand = draft[DemandSlice.self]
    guard let forecast = demand.forecast?.mid, let peak = demand.peakTime, forecast.step <= .hours(1) else {
      return flat
    }
    let day: Int64 = 86_400_000_000_000
    let start = peak.nanosecondsSinceEpoch / day * day
    var hours = [Double](repeating: 0, count: 24)
    for (i, value) in forecast.rawValues.enumerated() where !value.isNaN {
      let offset = forecast.time(at: i).nanosecondsSinceEpoch - start
      guard (0..<day).contains(offset) else { continue }
      let hour = Int(offset / 3_600_000_000_000)
      hours[hour] = max(hours[hour], value)
    }
    return hours.contains { $0 <= 0 } ? flat : hours
  }

  /// What the replicas of a placement carry, by region, as they stand together there; and how many they are.
  func carried(_ counts: [Int]) -> [(replicas: Int, rate: Double)] {
    var replicas = [Int](repeating: 0, count: problem.regions.count)
    for (i, offer) in problem.offers.enumerated() {
      replicas[offer.region] += counts[i] * supply.pools[pools[i]].replicasPerMachine
    }
    return replicas.map { ($0, $0 > 0 ? capacity.carried(by: $0).rawValue : 0) }
  }

  /// The supply in which `holding` gives the placement: regions share replicas as they were placed, and in each the pools
  /// that were chosen come first, each up to what was placed there.
  func placed(_ counts: [Int]) -> Fleet {
    var chosen: [Int: Int] = [:]
    for (offer, pool) in pools.enumerated() { chosen[pool] = counts[offer] }
    var fleet = Fleet(pools: [], regions: [])
    var replicas: [Int] = []
    for region in supply.regions {
      let here = supply.pools.indices.filter { supply.pools[$0].region == region.name }
      let firm = here.filter { !supply.pools[$0].lifecycle.isStandby && supply.pools[$0].lifecycle != .spot }
      let used = firm.filter { (chosen[$0] ?? 0) > 0 }
      replicas.append(used.reduce(0) { $0 + (chosen[$1] ?? 0) * supply.pools[$1].replicasPerMachine })
      for (k, i) in used.enumerated() {
        var pool = supply.pools[i]
        // The last keeps its own quota: what grows beyond the placement goes there.
        if !pool.lifecycle.isCommitted, k < used.count - 1 { pool.quota = chosen[i] }
        fleet.pools.append(pool)
      }
      for i in here where !used.contains(i) && supply.pools[i].lifecycle != .spot {
        fleet.pools.append(supply.pools[i])
      }
    }
    let all = Double(max(1, replicas.reduce(0, +)))
    fleet.regions = zip(supply.regions, replicas).map { .init(name: $0.name, share: Double($1) / all) }
    return fleet
  }
}
