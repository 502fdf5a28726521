import Quantities
import Scaling
import Testing

@testable import Simulating

@Suite("A search through settings") struct SettingsSearchTests {
  static let settings = [
    TunableSetting("target", .share, 0.5, from: 0.2, to: 0.95),
    TunableSetting("window", .seconds, 300, from: 0, to: 1800),
    TunableSetting("scale", .number, 4, from: 1, to: 16, isLogarithmic: true),
  ]

  /// Cost falls with the target, risk rises past 0.8; the window costs a little, the scale is best at 4.
  static func score(_ values: [Double]) -> SettingsSearch.Score {
    let miss = abs(values[2] / 4 - 1)
    return .init(
      cost: 1 / values[0] + values[1] / 100_000 + miss, risk: values[0] / 0.8 - 0.1 * values[1] / 1800)
  }

  static func run(_ tries: Int, seed: UInt64, batch: Int = 24) -> SettingsSearch {
    var search = SettingsSearch(settings, budget: tries, seed: seed)
    while search.tried.count < tries {
      let next = search.next(min(batch, tries - search.tried.count))
      if next.isEmpty { break }
      search.tell(next, next.map(score))
    }
    return search
  }

  @Test("starts from the settings as they are, and never tries the same twice")
  func startsAtCurrent() {
    let search = Self.run(300, seed: 1)
    #expect(search.tried[0] == [0.5, 300, 4])
    #expect(Set(search.tried).count == search.tried.count)
  }

  @Test("finds the known optimum of a made-up problem within 5 %", arguments: 1...5)
  func findsOptimum(seed: UInt64) throws {
    let search = Self.run(800, seed: UInt64(seed))
    // With window w the target may be 0.8 (1 + 0.1 w / 1800) at most: 1/t + w / 100,000 is least at w = 1800.
    let best = 1 / 0.88 + 0.018
    let found = try #require(search.scores.filter { $0.risk <= 1 }.map(\.cost).min())
    #expect(found <= best * 1.05, "seed \(seed): \(found) of \(best)")
  }

  @Test("values stay in their ranges, as round as people write them")
  func ranges() {
    for values in Self.run(300, seed: 3).tried.dropFirst() {
      for (setting, value) in zip(Self.settings, values) { #expect(setting.range.contains(value)) }
      #expect(abs((values[0] * 100).rounded() - values[0] * 100) < 1e-9)
      #expect(values[1].truncatingRemainder(dividingBy: 5) == 0)
    }
  }

  @Test("the same seed tries the same, another seed something else")
  func determinism() {
    #expect(Self.run(200, seed: 5).tried == Self.run(200, seed: 5).tried)
    #expect(Self.run(200, seed: 5).tried != Self.run(200, seed: 6).tried)
  }

  @Test("the front holds what no other beats, cheapest first, and nothing that is not a number")
  func front() {
    let scores: [SettingsSearch.Score] = [
      .init(cost: 3, risk: 1), .init(cost: 1, risk: 4), .init(cost: 2, risk: 5), .init(cost: 3, risk: 2),
      .init(cost: .infinity, risk: 0), .init(cost: 1, risk: .nan), .init(cost: 5, risk: 0.5),
    ]
    #expect(SettingsSearch.front(of: scores) == [1, 0, 6])
    #expect(SettingsSearch.front(of: []) == [])
  }

  @Test("ends where nothing new is left to try, and takes settings without a range")
  func exhausts() {
    var search = SettingsSearch([TunableSetting("only", .replicas, 3, from: 1, to: 4)], budget: 100, seed: 1)
    var all: [[Double]] = []
    while all.count < 100 {
      let next = search.next(24)
      if next.isEmpty { break }
      search.tell(next, next.map { .init(cost: $0[0], risk: 0) })
      all += next
    }
    #expect(Set(all.map { $0[0] }) == [1, 2, 3, 4])
    var none = SettingsSearch([TunableSetting("x", .number, .nan, from: .nan, to: .infinity)], budget: 10, seed: 1)
    #expect(none.next(5).count == 1)
  }
}
