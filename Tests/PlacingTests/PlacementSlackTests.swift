import HeadroomTesting
import Optimizing
import Quantities
import Testing

@testable import Placing

@Suite struct PlacementSlackTests {
  /// The factor by trying: the largest at which the independent check finds no fault, by bisection.
  static func factor(_ counts: [Int], _ problem: RegionProblem) -> Double {
    var low = 0.0
    var high = 64.0
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if PlacementCheck.fault(counts, problem.scaled(demand: middle)) == nil { low = middle } else { high = middle }
    }
    return low
  }

  @Test("the factor to the cliff is where the independent check first finds a fault", arguments: 1...20)
  func factor(_ seed: UInt64) {
    var random = RandomStream(seed: 40 + seed)
    let problem = PlacementSolverTests.row(&random, quota: 40, losses: Int(1 + seed % 2))
    var free = problem
    for r in free.regions.indices { free.regions[r].maximum = nil }
    let counts = free.offers.map { _ in 2 + Int(random.uniform() * 5) }
    let capacity = Placement(
      status: .feasible, counts: counts, cost: .zero, egress: .zero, bound: .zero, relaxation: .zero, unservable: [],
      clash: [], rounds: 0, cuts: 0
    ).capacity(free)
    #expect(abs(free.cliff(capacity: capacity) + 1 - Self.factor(counts, free)) < 1e-6)
    let slack = free.slack(capacity: capacity)
    #expect(slack.count == free.losses.count + 1 && slack[0].loss == nil)
  }

  @Test("home is served first, and what is too much there goes where it may")
  func routing() {
    var random = RandomStream(seed: 3)
    var problem = PlacementSolverTests.row(&random)
    problem.normal = .init(latencyLimit: 110)
    problem.origins[0].demand = [100, 100, 100]
    problem.origins[0].allowed = [0, 1]
    problem.origins[1].demand = [50, 50, 50]
    problem.origins[2].demand = [10, 10, 10]
    let flow = problem.routing(capacity: [60, 200, 200], hour: 0)
    #expect(flow[0] == [60, 40, 0])
    #expect(flow[1][1] == 50 && flow[2][2] == 10)
  }
}

@Suite struct ProcurementTests {
  static func offer(_ probability: Double?, lead: Double = 30, block: Bool = false) -> RegionProblem.Offer {
    RegionProblem.Offer(
      region: 0, machine: "m", rate: .perSecond(10), price: .dollarsPerHour(2), quota: 5, held: 1,
      obtainable: probability.map { Obtainable(probability: $0, leadDays: lead) },
      block: block ? .init(hourly: .dollarsPerHour(2), leadDays: 2) : nil)
  }

  @Test("a quota counts where it can be had surely enough, or can be ordered in time; else only what stands counts")
  func standing() {
    let soon = Procurement(neededInDays: 10, assurance: 0.9)
    #expect(soon.standing(of: Self.offer(nil)) == .sure)
    #expect(soon.standing(of: Self.offer(0.95)) == .sure)
    #expect(soon.standing(of: Self.offer(0.5)) == .scarce)
    #expect(soon.standing(of: Self.offer(0.5, lead: 4)) == .order(byDay: 6, blockDays: nil))
    #expect(Procurement(neededInDays: 40).standing(of: Self.offer(0.5)) == .order(byDay: 10, blockDays: nil))
    let problem = RegionProblem(
      regions: [.init(id: "r")], offers: [Self.offer(0.5)],
      origins: [.init(id: "o", home: 0, demand: [10], latency: [0])])
    #expect(problem.assured(soon).offers[0].quota == 1)
  }

  @Test("a block is paid for its whole length, and fits only what is stated, short enough and not too soon")
  func block() {
    let month = Procurement(neededInDays: 10, forDays: 15)
    #expect(month.standing(of: Self.offer(nil, block: true)) == .order(byDay: 8, blockDays: 21))
    #expect(Procurement(neededInDays: 10).standing(of: Self.offer(nil, block: true)) == .unsuitable)
    #expect(Procurement(neededInDays: 1, forDays: 15).standing(of: Self.offer(nil, block: true)) == .unsuitable)
    #expect(Procurement(neededInDays: 9, forDays: 200).standing(of: Self.offer(nil, block: true)) == .unsuitable)
    let problem = RegionProblem(
      regions: [.init(id: "r")], offers: [Self.offer(nil, block: true)],
      origins: [.init(id: "o", home: 0, demand: [10], latency: [0])])
    #expect(abs(problem.assured(month).offers[0].price.dollarsPerHour - 2 * 21 / 15) < 1e-12)
  }

  @Test(
    "what stands already is kept, whatever else is cheaper", .enabled(if: Solver.isAvailable, "HiGHS is not installed"))
  func held() throws {
    let problem = RegionProblem(
      regions: [.init(id: "r")],
      offers: [
        .init(region: 0, machine: "old", rate: .perSecond(10), price: .dollarsPerHour(9), quota: 3, held: 3),
        .init(region: 0, machine: "new", rate: .perSecond(10), price: .dollarsPerHour(1), quota: 50),
      ], origins: [.init(id: "o", home: 0, demand: [75], latency: [0])])
    let placed = try problem.placed()
    #expect(placed.counts == [3, 5])
    #expect(abs(placed.cost.dollarsPerHour - 32) < 1e-9)
  }
}

@Suite(.enabled(if: Solver.isAvailable, "HiGHS is not installed")) struct PlacementWorldsTests {
  /// One region, one machine: what suffices is arithmetic.
  static let one = RegionProblem(
    regions: [.init(id: "r")],
    offers: [.init(region: 0, machine: "m", rate: .perSecond(1), price: .dollarsPerHour(1), quota: 1000)],
    origins: [.init(id: "o", home: 0, demand: [100], latency: [0])])

  @Test("a choice suffices in as many worlds as have a factor below what it holds")
  func sufficient() throws {
    let doubt = PlacementDoubt(demand: Estimate(low: 0.8, mid: 1, high: 1.5), penalty: 10)
    let ranked = try Self.one.ranked(doubt, worlds: 2000, seed: 7)
    for one in ranked {
      let held = Factor(rawValue: Double(one.placement.counts[0]) / 100)
      #expect(abs(one.sufficient - (1 - doubt.demand.probability(above: held))) < 0.003)
      #expect(abs(one.cliff - (held.rawValue - 1)) < 1e-9)
    }
    // The newsvendor: a machine more is worth it while it is missing in more than 1 of penalty worlds.
    #expect(ranked.first.map { $0.quantile } == 0.9)
    #expect(zip(ranked, ranked.dropFirst()).allSatisfy { $0.expectedCost <= $1.expectedCost })
    #expect(ranked.allSatisfy { $0.worstRegret >= $0.expectedRegret })
  }

  @Test("regret is above each world's own best placement, not above the best of the choices")
  func regret() throws {
    let doubt = PlacementDoubt(demand: Estimate(low: 0.8, mid: 1, high: 1.5), penalty: 10)
    let ranked = try Self.one.ranked(doubt, worlds: 64, seed: 7, placing: 64)
    // In a world of factor f its own best is so many machines at a dollar as serve 100 f: the mean of them is the same beside
    // whatever choice. The even quantiles of the factor give their mean to a hundredth.
    let own = ranked.map { $0.expectedCost.dollarsPerHour - $0.expectedRegret.dollarsPerHour }
    let mean = (0..<64).reduce(0) { $0 + doubt.demand.quantile((Double($1) + 0.5) / 64).rawValue } / 64
    for one in own {
      #expect(abs(one - own[0]) < 1e-9 && one > 99.5 * mean && one < 100 * mean + 1.5, "\(own), \(mean)")
    }
    #expect(ranked.allSatisfy { $0.worldsPlaced == 64 })
    let among = try Self.one.ranked(doubt, worlds: 64, seed: 7, placing: 0)
    #expect(among.allSatisfy { $0.worldsPlaced == 0 })
    #expect(
      zip(ranked, among).allSatisfy { $0.expectedRegret >= $1.expectedRegret && $0.expectedCost == $1.expectedCost })
    #expect((ranked.first?.expectedRegret ?? .zero) > (among.first?.expectedRegret ?? .zero))
  }

  @Test("the same seed gives the same worlds; what is certain leaves one choice")
  func seeds() throws {
    let doubt = PlacementDoubt(
      origins: [0: Estimate(low: 0.9, mid: 1, high: 1.2)], rates: ["m": Estimate(low: 0.8, mid: 1, high: 1.1)])
    let a = try Self.one.ranked(doubt, worlds: 200, seed: 5)
    #expect(a == (try Self.one.ranked(doubt, worlds: 200, seed: 5)))
    #expect(try Self.one.ranked(PlacementDoubt(), worlds: 10, seed: 1).count == 1)
  }
}
