import Placing
import Quantities
import Terminal
import Testing

@testable import Reporting

@Suite("The page of a placement") struct PlacementPageTests {
  /// Two regions that may serve each other, each with room for both.
  static let problem = RegionProblem(
    regions: [.init(id: "east"), .init(id: "west")],
    offers: [0, 1].map {
      .init(region: $0, machine: "m", rate: .perSecond(100), price: .dollarsPerHour(1), quota: 20)
    },
    origins: [0, 1].map { (r: Int) in .init(id: "users-\(r)", home: r, demand: [300, 900], latency: [10, 10]) },
    losses: [[0], [1]])

  @Test("shows the map, what each loss leaves, and why a standby that waits costs less than the least")
  func page() throws {
    var report = PlacementReport(
      try Self.problem.placed(.best), of: Self.problem, name: "shop", provenance: Provenance(version: "1"))
    report.alternatives = [
      PricedStrategy(.activePassive(standby: 0), try Self.problem.placed(.activePassive(standby: 0)))
    ]
    let page = report.html()
    // 1,800 a second are served by either region alone.
    #expect(report.headline.hasPrefix("36 machines in 2 regions"))
    for words in ["regions-hours", "regions-losses", "without east", "Other ways", report.headline] {
      #expect(page.contains(words), "\(words)")
    }
    #expect(report.standbyWord != nil && page.contains("requests are lost until then"))
    #expect(report.terminal(width: 80, style: .plain).contains("requests are lost until then"))
  }

  @Test("names what clashes, and shows no map, where nothing holds")
  func nothing() throws {
    var problem = Self.problem
    problem.offers[1].quota = 3
    let report = PlacementReport(
      try problem.placed(.best), of: problem, name: "shop", provenance: Provenance(version: "1"))
    let page = report.html()
    #expect(
      report.headline.hasPrefix("Nothing holds") && page.contains("What clashes") && page.contains("raise a quota"))
    #expect(!page.contains("regions-hours"))
  }
}
