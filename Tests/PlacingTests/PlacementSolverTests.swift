import HeadroomTesting
import Optimizing
import Quantities
import Testing

@testable import Placing

@Suite(.enabled(if: Solver.isAvailable, "HiGHS is not installed")) struct PlacementSolverTests {
  /// Three regions in a row, 50 ms apart, an origin at each; day and night pass over them.
  static func row(
    _ random: inout RandomStream, quota: Int = 6, losses: Int = 1, egress: Double = 0, types: Int = 2
  ) -> RegionProblem {
    let regions = (0..<3).map { r in
      RegionProblem.Region(
        id: "r\(r)", fixedCost: HourlyPrice(rawValue: r == 1 ? 2 : 0.5), minimum: r == 2 ? 2 : 0,
        maximum: r == 0 ? 5 : nil)
    }
    var offers: [RegionProblem.Offer] = []
    for r in 0..<3 {
      for k in 0..<types {
        offers.append(
          RegionProblem.Offer(
            region: r, machine: "m\(k)", rate: .perSecond(k == 0 ? 100 : 35),
            price: HourlyPrice(rawValue: (k == 0 ? 3 : 1.1) * (0.8 + 0.4 * random.uniform())), quota: quota))
      }
    }
    let origins = (0..<3).map { o in
      RegionProblem.Origin(
        id: "o\(o)", home: o, demand: (0..<3).map { _ in 20 + 120 * random.uniform() },
        allowed: o == 0 ? [0, 1] : nil, latency: (0..<3).map { Double(abs($0 - o)) * 50 })
    }
    return RegionProblem(
      regions: regions, offers: offers, origins: origins,
      normal: .init(latencyLimit: 60, headroom: 0.2), failure: .init(latencyLimit: 110, headroom: 0, served: 0.9),
      losses: RegionProblem.losses(ofAny: losses, of: 3), egress: HourlyPrice(rawValue: egress))
  }

  @Test("the cost is the least, as trying every count says", arguments: 1...12)
  func least(_ seed: UInt64) throws {
    var random = RandomStream(seed: seed)
    let problem = Self.row(&random, quota: 4)
    let placed = try problem.placed()
    let least = PlacementCheck.least(problem)
    if let least {
      #expect(placed.status == .optimal)
      #expect(abs(placed.cost.rawValue - least) < 1e-6)
      #expect(placed.bound.rawValue <= least + 1e-6)
      #expect(PlacementCheck.fault(placed.counts, problem) == nil)
    } else {
      #expect(placed.status == .infeasible)
      #expect(!placed.clash.isEmpty)
    }
  }

  @Test("every answer holds by an independent check, egress and losses of two regions included", arguments: 1...12)
  func holds(_ seed: UInt64) throws {
    var random = RandomStream(seed: 100 + seed)
    let problem = Self.row(&random, quota: 9, losses: 2, egress: 0.01)
    let placed = try problem.placed()
    guard placed.status != .infeasible else { return #expect(!placed.clash.isEmpty) }
    #expect(placed.status == .optimal)
    #expect(PlacementCheck.fault(placed.counts, problem) == nil)
    #expect(placed.bound <= placed.cost)
    #expect(placed.relaxation <= placed.bound)
  }

  @Test("what may not be served elsewhere is waived under its loss and listed")
  func residencyTrap() throws {
    var random = RandomStream(seed: 5)
    var problem = Self.row(&random, quota: 9)
    problem.origins[2].allowed = [2]
    let placed = try problem.placed()
    #expect(placed.status == .optimal)
    #expect(placed.unservable.map(\.origin) == [2])
    #expect(placed.unservable.map { problem.losses[$0.loss] } == [[2]])
  }

  @Test("an origin that nothing may serve is named with what is nearest")
  func unreachable() throws {
    var random = RandomStream(seed: 5)
    var problem = Self.row(&random)
    problem.origins[0].latency = [70, 90, nil]
    let placed = try problem.placed()
    #expect(placed.status == .infeasible)
    #expect(
      placed.clash == [.unreachable(origin: 0, nearest: 0, latency: 70, limit: 60, isResidency: true)])
  }

  @Test("too small a quota is told as the smallest set of origins and regions that clash")
  func clash() throws {
    var random = RandomStream(seed: 5)
    var problem = Self.row(&random, quota: 30)
    problem.origins[2].allowed = [2]
    for i in problem.offers.indices where problem.offers[i].region == 2 { problem.offers[i].quota = 1 }
    problem.regions[2].minimum = 0
    problem.origins[2].demand = [500, 500, 500]
    let placed = try problem.placed()
    #expect(placed.status == .infeasible)
    guard case .capacity(let origins, let regions, let loss, _, let needed, let available) = placed.clash.first else {
      Issue.record("no clash of capacity")
      return
    }
    #expect(origins == [2] && regions == [2] && loss == nil)
    #expect(abs(needed - 600) < 1e-9 && abs(available - 135) < 1e-9)
  }

  @Test("each rule of thumb holds and costs at least as much as the best")
  func strategies() throws {
    var random = RandomStream(seed: 8)
    var problem = Self.row(&random, quota: 40, egress: 0.002)
    problem.regions[0].maximum = nil
    let best = try problem.placed()
    for strategy in PlacementStrategy.all where strategy != .best {
      let placed = try problem.placed(strategy)
      if case .activePassive(let share) = strategy, share < 1 { continue }
      guard placed.status != .infeasible else { continue }
      #expect(placed.cost >= best.cost - HourlyPrice(rawValue: 1e-6), "\(strategy.name)")
      #expect(PlacementCheck.fault(placed.counts, problem) == nil, "\(strategy.name)")
    }
    let nearest = try problem.placed(.nearest)
    #expect(nearest.status == .optimal)
  }

  @Test("a standby that is cold costs less than one that is warm, and that less than a hot one")
  func standbys() throws {
    var random = RandomStream(seed: 8)
    var problem = Self.row(&random, quota: 40)
    problem.regions[0].maximum = nil
    problem.origins[0].allowed = nil
    problem.normal.latencyLimit = 110
    let costs = try [0, 0.5, 1].map { try problem.placed(.activePassive(standby: $0)).cost }
    #expect(costs[0] > .zero && costs[0] < costs[1] && costs[1] < costs[2])
  }

  @Test("no time at all still gives a plan that holds, with its gap")
  func noTime() throws {
    var random = RandomStream(seed: 11)
    let problem = Self.row(&random, quota: 40)
    var limits = PlacementSolver.Limits()
    limits.remaining = { 0 }
    let placed = try problem.placed(limits: limits)
    #expect(placed.status == .feasible || placed.status == .optimal || placed.status == .unknown)
    if !placed.counts.isEmpty { #expect(PlacementCheck.fault(placed.counts, problem) == nil) }
  }

  @Test("losses of any two of four regions are ten")
  func losses() {
    #expect(RegionProblem.losses(ofAny: 2, of: 4).count == 10)
    #expect(RegionProblem.losses(ofAny: 0, of: 4).isEmpty)
  }
}
