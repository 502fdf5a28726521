import Catalogs
import Quantities
import Testing

@Suite("A fleet") struct FleetTests {
  static func machine(_ name: String = "m") -> Machine { Machine(name: name, cloud: "test", vcpus: 1, memory: .zero) }
  static func pool(
    _ name: String = "m", _ lifecycle: Lifecycle = .onDemand, count: Int = 0, room: Int = 1, quota: Int? = nil,
    share: Double? = nil, region: String = ""
  ) -> Pool {
    Pool(
      region: region, machine: machine(name), lifecycle: lifecycle, count: count, replicasPerMachine: room,
      quota: quota,
      share: share.map { Fraction(rawValue: $0) })
  }
  static func counts(_ fleet: Fleet, _ replicas: Int) -> [Int] { fleet.holding(replicas).fleet.pools.map(\.count) }

  @Test("holds replicas on whole machines, rounded up")
  func whole() {
    let fleet = Fleet(pools: [Self.pool(room: 4)])
    #expect([0, 1, 4, 5].map { Self.counts(fleet, $0) } == [[0], [1], [1], [2]])
  }

  @Test("fills what is reserved first, then spot up to its share, then on demand; the next type behind the quota")
  func order() {
    let fleet = Fleet(pools: [
      Self.pool("a", .reservedOneYear, count: 10, quota: 10), Self.pool("a", .spot, share: 0.3),
      Self.pool("a", quota: 20), Self.pool("b", room: 2),
    ])
    // Reserved is there in any case; 30 % of 5 replicas would be one on spot, and none is left over for it.
    #expect(Self.counts(fleet, 5) == [10, 0, 0, 0])
    #expect(Self.counts(fleet, 20) == [10, 6, 4, 0])
    // 30 on spot, 20 on demand by its quota, 40 on machines of two.
    #expect(Self.counts(fleet, 100) == [10, 30, 20, 20])
    #expect(fleet.spotReplicas(of: 100) == 30)
  }

  @Test("tells replicas without a place, and fills spot by its quota")
  func unplaced() {
    let fleet = Fleet(pools: [Self.pool("a", .spot, quota: 2, share: 0.5), Self.pool("a", quota: 5)])
    let filling = fleet.holding(10)
    #expect(filling.fleet.pools.map(\.count) == [2, 5] && filling.unplaced == 3)
    #expect(fleet.quota == 7 && Fleet(pools: [Self.pool()]).quota == nil)
  }

  @Test("standbys wait and hold none")
  func standby() {
    let fleet = Fleet(pools: [Self.pool("a", .standbyHot, count: 3), Self.pool("a")])
    #expect(Self.counts(fleet, 4) == [3, 4])
    #expect(fleet.holding(4).fleet.room == 4)
  }

  @Test("spreads over regions so that each region's rounded need is given back", arguments: 1...40)
  func apportions(seed: Int) {
    var random = RandomStream(seed: UInt64(seed))
    let weights = (0..<Int(random.uniform(1, 7))).map { _ in random.uniform(0.05, 1) }
    let sum = weights.reduce(0, +)
    let regions = weights.enumerated().map { Fleet.Region(name: "\($0.offset)", share: $0.element / sum) }
    let fleet = Fleet(pools: regions.map { Self.pool(region: $0.name) }, regions: regions)
    let demand = random.uniform(0.5, 300)
    let needs = regions.map { Int((demand * $0.share).rounded(.up)) }
    #expect(fleet.apportioned(needs.reduce(0, +)) == needs, "seed \(seed)")
    for n in [0, 1, 2, 17, 1000] { #expect(fleet.apportioned(n).reduce(0, +) == n) }
  }

  @Test("three regions at 70, 20 and 10 %")
  func unequal() {
    let regions = [("a", 0.7), ("b", 0.2), ("c", 0.1)].map { Fleet.Region(name: $0.0, share: $0.1) }
    let fleet = Fleet(pools: regions.map { Self.pool(region: $0.name) }, regions: regions)
    #expect(fleet.apportioned(10) == [7, 2, 1])
    #expect(Self.counts(fleet, 10) == [7, 2, 1])
  }

  @Test("machine-hours follow the replicas of each step")
  func use() {
    let fleet = Fleet(pools: [Self.pool("a", .reservedOneYear, count: 2, quota: 2), Self.pool("a", room: 2)])
    let use = fleet.use(following: [1, 2, 5, 5], step: .minutes(30))
    #expect(use.span == .hours(2))
    #expect(use.pools.map(\.machineHours) == [4, 2])
    #expect(use.pools.map(\.pool.count) == [2, 2])
    let twice = use + use
    #expect(twice.pools.map(\.machineHours) == [8, 4] && twice.span == .hours(4))
  }
}
