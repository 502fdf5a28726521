import Quantities
import Testing

@testable import Placing

@Suite struct SpillTests {
  /// Two regions with the model, one without; 100/s each at most.
  static func problem(_ demand: [Double], cache: Double = .infinity, third: Bool = false) -> SpillProblem {
    SpillProblem(
      regions: ["a", "b", "c"],
      models: [.init(id: "m", seconds: 10, tokens: 1000), .init(id: "n", seconds: 1, tokens: 1)],
      hosts: [
        .init(region: 0, model: 0, rate: 100, cache: cache), .init(region: 1, model: 0, rate: 100),
        .init(region: 2, model: third ? 0 : 1, rate: 100),
      ],
      origins: demand.enumerated().map { r, d in
        .init(id: "o\(r)", model: 0, home: r, demand: [d], latency: (0..<3).map { Double(abs($0 - r)) * 40 })
      })
  }

  @Test("what home takes under its pressure stays; the rest goes to the nearest that hosts the model")
  func overflow() {
    let outcome = Self.problem([120, 10]).routed()
    #expect(outcome.home[0] == 80 && outcome.away[0] == 40 && outcome.refused[0] == 0)
    #expect(abs((outcome.ways.first { $0.origin == 0 && $0.region == 1 }?.latency ?? 0) - 40) < 1e-9)
  }

  @Test("a full region refuses, and the request goes on: its round trips add up")
  func refusals() {
    let outcome = Self.problem([120, 80, 0], third: true).routed()
    #expect(abs(outcome.refusals[1] - 40) < 1e-9)
    let way = outcome.ways.first { $0.origin == 0 && $0.region == 2 }
    #expect(abs((way?.latency ?? 0) - (40 + 80)) < 1e-9)
  }

  @Test("the KV cache bounds a host by Little's law: 10 s and 1000 tokens a request, 500,000 tokens hold 50/s")
  func cache() {
    let problem = Self.problem([60, 0], cache: 500_000)
    #expect(problem.limit(problem.hosts[0]).most == 50)
    #expect(problem.limit(problem.hosts[0]).isCacheBound)
    let outcome = problem.routed()
    #expect(abs(outcome.home[0] - 45) < 1e-9 && abs(outcome.away[0] - 15) < 1e-9)
  }

  @Test("never to another model: what its own hosts cannot serve is refused")
  func ownModel() {
    let outcome = Self.problem([300, 0]).routed()
    #expect(outcome.home[0] == 100 && outcome.away[0] == 100 && outcome.refused[0] == 100)
    #expect(outcome.ways.allSatisfy { $0.region != 2 })
    var lost = Self.problem([50, 50])
    lost.lost = [0, 1]
    #expect(lost.routed().refused == [50, 50])
  }

  @Test("asked = served at home + served away + refused, whatever comes", arguments: 1...20)
  func conservation(_ seed: UInt64) {
    var random = RandomStream(seed: seed)
    let n = 5
    let problem = SpillProblem(
      regions: (0..<n).map { "r\($0)" },
      models: [.init(id: "m", seconds: 3, tokens: 2000), .init(id: "n", seconds: 1, tokens: 500)],
      hosts: (0..<8).map { _ in
        .init(
          region: Int(random.uniform() * Double(n)), model: Int(random.uniform() * 2), rate: 200 * random.uniform(),
          cache: 1e6 * random.uniform())
      },
      origins: (0..<6).map { o in
        .init(
          id: "o\(o)", model: o % 2, home: o % n, demand: (0..<4).map { _ in 150 * random.uniform() },
          allowed: o == 3 ? [0, 1] : nil, latency: (0..<n).map { Double(abs($0 - o % n)) * 30 })
      }, lost: seed % 3 == 0 ? [2] : [], latencyLimit: seed % 2 == 0 ? 70 : .infinity)
    let outcome = problem.routed()
    for o in problem.origins.indices {
      #expect(abs(outcome.asked[o] - outcome.home[o] - outcome.away[o] - outcome.refused[o]) < 1e-6)
    }
    #expect(outcome.busiest.allSatisfy { $0 <= 1 + 1e-9 })
    #expect(outcome.ways.allSatisfy { !problem.lost.contains($0.region) })
    #expect(outcome.ways.filter { $0.origin == 3 }.allSatisfy { [0, 1].contains($0.region) })
  }
}
